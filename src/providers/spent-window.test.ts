import { describe, expect, it } from 'vitest';
import { parseErrorBody } from './error-object.ts';
import type { Hints } from './hints.ts';
import { spentWindow, type SpentWindow } from './spent-window.ts';

/** 2026-11-20T10:00:00Z, a Friday; 02:00 in California. */
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const SECONDS = NOW / 1000;

function hints(headers: Record<string, string | undefined>, body: unknown = ''): Hints {
  return { headers, now: NOW, error: parseErrorBody(JSON.stringify(body)) };
}

const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' };
const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});

describe('a spent window', () => {
  const unified = (members: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]),
    );
  const at = (seconds: number) => String(SECONDS + seconds);

  it.each<[string, Hints, Partial<SpentWindow> | undefined]>([
    [
      'resets_at in epoch seconds',
      hints({}, { error: { resets_at: SECONDS + 5400 } }),
      { waitMs: 5_400_000, waitFrom: 'resets_at', scope: 'account' },
    ],
    [
      'resets_at as a timestamp',
      hints({}, { error: { resets_at: '2026-11-20T11:00:00+00:00' } }),
      { waitMs: 3_600_000, waitFrom: 'resets_at', scope: 'account' },
    ],
    [
      'resets_in_seconds',
      hints({}, { error: { resets_in_seconds: 5400 } }),
      { waitMs: 5_400_000, waitFrom: 'resets_in_seconds', scope: 'account' },
    ],
    [
      'resets_in_seconds beside a moment that has passed',
      hints({}, { error: { resets_at: SECONDS - 10, resets_in_seconds: 60 } }),
      { waitMs: 60_000, waitFrom: 'resets_in_seconds', scope: 'account' },
    ],
    ['only moments that have passed', hints({}, { error: { resets_at: SECONDS - 10 } }), undefined],
    [
      'a reset that is no moment',
      hints({}, { error: { resets_at: 'later', resets_in_seconds: null } }),
      undefined,
    ],
    [
      'a quota of the day, until midnight in California',
      hints({}, { error: { details: [quotaFailure('GenerateRequestsPerDay'), retryInfo] } }),
      { waitMs: 22 * 3_600_000, waitFrom: 'daily quota, midnight Pacific', scope: 'account-model' },
    ],
    [
      'a quota of the minute',
      hints({}, { error: { details: [quotaFailure('RequestsPerMinute')] } }),
      undefined,
    ],
    [
      'unified, rejected',
      hints(unified({ status: 'rejected', reset: at(7200), 'representative-claim': 'five_hour' })),
      { waitMs: 7_200_000, waitFrom: 'anthropic-ratelimit-unified-reset', scope: 'account' },
    ],
    [
      'unified, rejected for one model family',
      hints(unified({ status: 'rejected', reset: at(7200), 'representative-claim': 'seven_day_sonnet' })),
      { waitMs: 7_200_000, waitFrom: 'anthropic-ratelimit-unified-reset', scope: 'account-model' },
    ],
    [
      'a week that is used up',
      hints(
        unified({
          status: 'allowed',
          '7d-utilization': '1.0',
          '7d-reset': at(86_400),
          '5h-utilization': '0.2',
          '5h-reset': at(60),
        }),
      ),
      { waitMs: 86_400_000, waitFrom: 'anthropic-ratelimit-unified-7d-reset', scope: 'account' },
    ],
    [
      "the account's window before that of a model family",
      hints(
        unified({
          '5h-status': 'rejected',
          '5h-reset': at(60),
          '7d_sonnet-status': 'rejected',
          '7d_sonnet-reset': at(86_400),
        }),
      ),
      { waitMs: 60_000, waitFrom: 'anthropic-ratelimit-unified-5h-reset', scope: 'account' },
    ],
    [
      'windows below 100 %',
      hints(
        unified({ status: 'allowed_warning', reset: at(60), '5h-utilization': '0.99', '5h-reset': at(60) }),
      ),
      undefined,
    ],
    [
      'paid overflow that is used up, which is no window of the account',
      hints(
        unified({
          status: 'rejected',
          reset: at(86_400),
          'representative-claim': 'overage',
          'overage-status': 'rejected',
          'overage-reset': at(86_400),
          '5h-status': 'allowed',
          '5h-utilization': '0.3',
          '5h-reset': at(60),
        }),
      ),
      undefined,
    ],
    [
      'a window of a plan',
      hints({ 'x-codex-primary-used-percent': '100', 'x-codex-primary-reset-after-seconds': '5400' }),
      { waitMs: 5_400_000, waitFrom: 'x-codex-primary-reset-after-seconds', scope: 'account' },
    ],
    [
      'a window of a family of models in a plan',
      hints({ 'x-codex-spark-secondary-used-percent': '100', 'x-codex-spark-secondary-reset-at': at(60) }),
      { waitMs: 60_000, waitFrom: 'x-codex-spark-secondary-reset-at', scope: 'account-model' },
    ],
    [
      'a plan with something left',
      hints({ 'x-codex-primary-used-percent': '99', 'x-codex-primary-reset-after-seconds': '5400' }),
      undefined,
    ],
    [
      'rejected, until a moment that has passed',
      hints(unified({ status: 'rejected', reset: at(-1) })),
      undefined,
    ],
  ])('%s', (_name, answer, window) => {
    expect(spentWindow(answer)).toEqual(window);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseErrorBody } from './error-object.ts';
import { emptyBucketWaitMs, readWaitMs, spentWindow, type Hints } from './retry-after.ts';
import { MAX_WAIT_MS } from './wait-values.ts';

/** 2026-11-20T10:00:00Z, a Friday; 02:00 in California. */
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const SECONDS = NOW / 1000;

function hints(headers: Record<string, string | undefined>, body: unknown = ''): Hints {
  return { headers, now: NOW, error: parseErrorBody(JSON.stringify(body)) };
}

const retryInfo = (retryDelay: unknown) => ({
  error: { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }] },
});
const quotaFailure = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});

describe('an explicit wait', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['whole seconds', { 'retry-after': '20' }, 20_000],
    ['decimal seconds', { 'retry-after': '0.85' }, 850],
    ['no wait at all', { 'retry-after': '0' }, 0],
    ['a header that came twice', { 'retry-after': '20, 20' }, 20_000],
    ['milliseconds', { 'retry-after-ms': '850' }, 850],
    ['milliseconds outrank seconds', { 'retry-after-ms': '850', 'retry-after': '1' }, 850],
    ['unreadable milliseconds give way', { 'retry-after-ms': 'soon', 'retry-after': '1' }, 1000],
    ['IMF-fixdate', { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' }, 30_000],
    ['RFC 850', { 'retry-after': 'Friday, 20-Nov-26 10:00:30 GMT' }, 30_000],
    ['asctime', { 'retry-after': 'Fri Nov 20 10:00:30 2026' }, 30_000],
    [
      'a date by a clock that is an hour ahead',
      { 'retry-after': 'Fri, 20 Nov 2026 11:00:30 GMT', date: 'Fri, 20 Nov 2026 11:00:00 GMT' },
      30_000,
    ],
    ['a date that has passed', { 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }, 0],
    ['a date in the last century', { 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 0],
    ['negative', { 'retry-after': '-5' }, undefined],
    ['not a number', { 'retry-after': 'NaN' }, undefined],
    ['empty', { 'retry-after': '' }, undefined],
    ['a month', { 'retry-after': '2592000' }, MAX_WAIT_MS],
    ['beyond every number', { 'retry-after': '9'.repeat(400) }, MAX_WAIT_MS],
  ])('%s', (_name, headers, waitMs) => {
    expect(readWaitMs(hints(headers))).toBe(waitMs);
  });

  it.each<[unknown, number | undefined]>([
    ['34.074824224s', 34_075],
    ['7s', 7000],
    ['-7s', undefined],
    [7, undefined],
    ['', undefined],
  ])('RetryInfo %j', (delay, waitMs) => {
    expect(readWaitMs(hints({}, retryInfo(delay)))).toBe(waitMs);
  });

  it('in a header outranks RetryInfo', () => {
    expect(readWaitMs(hints({ 'retry-after': '3' }, retryInfo('9s')))).toBe(3000);
  });
});

describe('the reset of buckets', () => {
  it.each<[string, number]>([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['12ms', 12],
    ['1h2m3.5s', 3_723_500],
    ['11.5', 11_500],
    [String(SECONDS + 90), 90_000],
    [String((SECONDS + 90) * 1000), 90_000],
    ['2026-11-20T10:01:30Z', 90_000],
    [String(SECONDS - 90), 0],
    ['400h', MAX_WAIT_MS],
  ])('reads %s', (reset, waitMs) => {
    const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': reset };
    expect(readWaitMs(hints(headers))).toBe(waitMs);
  });

  it('counts only buckets in which nothing remains, and of those the latest', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1s',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-20T10:00:12Z',
      'anthropic-ratelimit-requests-remaining': '1',
      'anthropic-ratelimit-requests-reset': '2026-11-20T11:00:00Z',
      'x-ratelimit-reset-unknown': '1h',
    };
    expect(readWaitMs(hints(headers))).toBe(12_000);
  });

  it.each(['', ' ', 'none', undefined])(
    'takes a remainder of %j for unknown, not for nothing',
    (remaining) => {
      const headers = { 'x-ratelimit-remaining-tokens': remaining, 'x-ratelimit-reset-tokens': '1m' };
      expect(emptyBucketWaitMs(hints(headers))).toBeUndefined();
    },
  );

  it('gives way to an explicit wait', () => {
    const headers = {
      'retry-after': '2',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m',
    };
    expect(readWaitMs(hints(headers))).toBe(2000);
  });
});

describe('a spent window', () => {
  const unified = (members: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]),
    );
  const at = (seconds: number) => String(SECONDS + seconds);

  it.each<[string, Hints, { waitMs: number; scope: string } | undefined]>([
    [
      'resets_at in epoch seconds',
      hints({}, { error: { resets_at: SECONDS + 5400 } }),
      { waitMs: 5_400_000, scope: 'account' },
    ],
    [
      'resets_at as a timestamp',
      hints({}, { error: { resets_at: '2026-11-20T11:00:00+00:00' } }),
      { waitMs: 3_600_000, scope: 'account' },
    ],
    [
      'resets_in_seconds',
      hints({}, { error: { resets_in_seconds: 5400 } }),
      { waitMs: 5_400_000, scope: 'account' },
    ],
    [
      'resets_in_seconds beside a moment that has passed',
      hints({}, { error: { resets_at: SECONDS - 10, resets_in_seconds: 60 } }),
      { waitMs: 60_000, scope: 'account' },
    ],
    ['only moments that have passed', hints({}, { error: { resets_at: SECONDS - 10 } }), undefined],
    [
      'a reset that is no moment',
      hints({}, { error: { resets_at: 'later', resets_in_seconds: null } }),
      undefined,
    ],
    [
      'a quota of the day, until midnight in California',
      hints(
        {},
        { error: { details: [quotaFailure('GenerateRequestsPerDay'), ...retryInfo('7s').error.details] } },
      ),
      { waitMs: 22 * 3_600_000, scope: 'account-model' },
    ],
    [
      'a quota of the minute',
      hints({}, { error: { details: [quotaFailure('RequestsPerMinute')] } }),
      undefined,
    ],
    [
      'unified, rejected',
      hints(unified({ status: 'rejected', reset: at(7200), 'representative-claim': 'five_hour' })),
      { waitMs: 7_200_000, scope: 'account' },
    ],
    [
      'unified, rejected for one model family',
      hints(unified({ status: 'rejected', reset: at(7200), 'representative-claim': 'seven_day_sonnet' })),
      { waitMs: 7_200_000, scope: 'account-model' },
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
      { waitMs: 86_400_000, scope: 'account' },
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
      { waitMs: 60_000, scope: 'account' },
    ],
    [
      'windows below 100 %',
      hints(
        unified({ status: 'allowed_warning', reset: at(60), '5h-utilization': '0.99', '5h-reset': at(60) }),
      ),
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

  it('outranks an explicit wait', () => {
    expect(readWaitMs(hints({ 'retry-after': '5' }, { error: { resets_at: SECONDS + 5400 } }))).toBe(
      5_400_000,
    );
  });

  it('is clamped at eight days', () => {
    expect(readWaitMs(hints({}, { error: { resets_at: SECONDS + 30 * 86_400 } }))).toBe(MAX_WAIT_MS);
  });
});

describe('whatever an upstream sends', () => {
  const names = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'date',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-reset-tokens',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'anthropic-ratelimit-tokens-remaining',
    'anthropic-ratelimit-tokens-reset',
    'anthropic-ratelimit-unified-status',
    'anthropic-ratelimit-unified-reset',
    'anthropic-ratelimit-unified-5h-utilization',
    'anthropic-ratelimit-unified-5h-reset',
  );
  const values = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom('0', 'rejected', '-1s', '1h2m3.5s', '1e999', 'Friday, 99-Nov-99 99:99:99 GMT'),
  );
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.record({ error: fc.record({ resets_at: fc.jsonValue(), resets_in_seconds: fc.jsonValue() }) }),
    fc.jsonValue().map(retryInfo),
    fc.jsonValue().map((details) => ({ error: { details: [details] } })),
  );

  it('a wait is a whole number from 0 to eight days, or there is none', () => {
    const waits = fc.property(fc.dictionary(names, values), bodies, (headers, body) => {
      const waitMs = readWaitMs(hints(headers, body));
      if (waitMs === undefined) return;
      expect(Number.isInteger(waitMs)).toBe(true);
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(MAX_WAIT_MS);
    });
    fc.assert(waits, { numRuns: 2000 });
  });
});

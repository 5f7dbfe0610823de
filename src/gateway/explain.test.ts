import { describe, expect, it } from 'vitest';
import type { SpentAccount } from '../failure.ts';
import type { Reason, Verdict } from '../rotation/verdict.ts';
import { duration, exhaustedFailure } from './explain.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const describeAccount = (id: string) => ({ label: `${id}@example.com`, provider: 'openai' });

function failure(verdict: Verdict, barred: readonly SpentAccount[] = []) {
  return exhaustedFailure('gpt-5.6', verdict, barred, describeAccount, NOW);
}

function reason(kind: Reason['kind'], more: Partial<Reason> = {}): Reason {
  return { account: 'a', model: 'gpt-5.6', kind, ...more };
}

const needsLogin: SpentAccount = { account: 'home', provider: 'anthropic', reason: 'needs-login' };
const disabled: SpentAccount = { account: 'old', provider: 'openai', reason: 'disabled' };

describe('what is said when no account is left', () => {
  it('names each account, why, until when, and the way on', () => {
    const retryAt = NOW + 3 * 3_600_000;
    const verdict: Verdict = {
      cause: 'quota',
      retryAt,
      reasons: [reason('window-spent', { retryAt, detail: 'weekly limit' })],
    };
    expect(failure(verdict, [needsLogin])).toEqual({
      kind: 'exhausted',
      cause: 'quota',
      retryAt,
      message:
        'No account can answer for \'gpt-5.6\' now: a@example.com (openai): its quota is used up ("weekly limit"), again in 3 h; ' +
        'home (anthropic): it needs a new sign-in. Wait, or sign in to another account with `proxy login`.',
      accounts: [
        {
          account: 'a@example.com',
          provider: 'openai',
          reason: 'window-spent',
          detail: 'weekly limit',
          retryAt,
        },
        needsLogin,
      ],
    });
  });

  it.each<[string, Verdict, readonly SpentAccount[], string, RegExp]>([
    [
      'a refused credential',
      { cause: 'needs-login', reasons: [reason('auth')] },
      [],
      'needs-login',
      /Sign in again: `proxy login openai`\.$/,
    ],
    [
      'only accounts that need a sign-in',
      { cause: 'transport', reasons: [] },
      [disabled, needsLogin],
      'needs-login',
      /Sign in again: `proxy login anthropic`\.$/,
    ],
    [
      'only disabled ones',
      { cause: 'transport', reasons: [] },
      [disabled],
      'needs-login',
      /`proxy accounts enable <account>`\.$/,
    ],
    [
      'a refused account',
      { cause: 'refused', reasons: [reason('policy')] },
      [],
      'refused',
      /^No account.*refuses the account.*Ask the provider/,
    ],
    [
      'an overload',
      { cause: 'overload', retryAt: NOW + 1000, reasons: [reason('overload', { retryAt: NOW + 1000 })] },
      [],
      'overload',
      /overloaded, again in 1 s\. Wait/,
    ],
  ])('%s', (_, verdict, barred, cause, message) => {
    expect(failure(verdict, barred)).toMatchObject({
      cause,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('is another failure where each of them lacks the model', () => {
    const lacking: Verdict = { cause: 'refused', reasons: [reason('capability'), reason('capability')] };
    expect(failure(lacking)).toMatchObject({ kind: 'model-not-found', model: 'gpt-5.6' });
    expect(failure(lacking, [needsLogin]).kind).toBe('exhausted');
  });

  it('promises no time where only a person can help', () => {
    expect(
      failure({ cause: 'transport', retryAt: NOW + 1000, reasons: [] }, [needsLogin]),
    ).not.toHaveProperty('retryAt');
    expect(failure({ cause: 'needs-login', reasons: [reason('auth')] })).not.toHaveProperty('retryAt');
  });

  it.each([
    'throttle',
    'window-spent',
    'billing',
    'overload',
    'transport',
    'slow',
    'auth',
    'policy',
    'blocked',
    'request',
    'empty',
  ] as const)('has words for %s', (kind) => {
    const { message } = failure({ cause: 'quota', reasons: [reason(kind)] });
    expect(message).toMatch(/\(openai\): [a-z ]{10,}\. /);
  });
});

it.each([
  [-5, '1 s'],
  [0, '1 s'],
  [1, '1 s'],
  [1000, '1 s'],
  [1001, '2 s'],
  [119_000, '119 s'],
  [119_001, '2 min'],
  [120_000, '2 min'],
  [121_000, '3 min'],
  [7_140_000, '119 min'],
  [7_200_000, '2 h'],
  [7_260_000, '2 h 1 min'],
  [11_100_000, '3 h 5 min'],
  [172_740_000, '47 h 59 min'],
  [172_800_000, '2 d'],
  [187_200_000, '2 d 4 h'],
  [691_200_000, '8 d'],
])('%i ms are %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

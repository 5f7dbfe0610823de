import type { Outcome } from '../../src/outcome.ts';
import { rest } from '../../src/rotation/resting.ts';
import { noRests } from '../../src/rotation/rests.ts';
import { noteWindows } from '../../src/rotation/windows.ts';
import { candidate, START, travel, type Answer, type World } from './scripted-world.ts';

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;

export const ok = 'ok';
export const throttle: Outcome = { kind: 'throttle', scope: 'account', status: 429, waitMs: 20 * SECOND };
export const spent: Outcome = { kind: 'window-spent', scope: 'account', status: 429, waitMs: 5 * HOUR };
export const broke: Outcome = { kind: 'billing', scope: 'account', status: 429 };
export const broken: Outcome = { kind: 'transport', scope: 'attempt' };
export const overload: Outcome = { kind: 'overload', scope: 'provider-model', status: 529 };
export const refused: Outcome = { kind: 'auth', scope: 'account', status: 401 };
export const empty: Outcome = { kind: 'empty', scope: 'request', status: 200 };
export const lacking: Outcome = { kind: 'capability', scope: 'account-model', status: 404 };
export const unreadable: Outcome = { kind: 'affinity', scope: 'request', status: 400 };
export const faulty: Outcome = { kind: 'request', scope: 'request', status: 400 };
export const resting = (account: string, outcome: Outcome, health = noRests) =>
  rest(health, candidate(account), outcome, { now: START, chance: 0, request: 0 });

/** Its rest, a guess, has grown to 20 seconds. */
export const brokenOften = (account: string) =>
  [-100, -50, 0].reduce((health, at) => {
    const moment = { now: START + at * SECOND, chance: 0, request: 0 };
    return rest(health, candidate(account), broken, moment);
  }, noRests);
export const nearlySpent = (account: string) => {
  const window = {
    name: 'week',
    used: 0.99,
    resetsAt: START + HOUR,
    refill: 'at-once',
    scope: 'account',
  } as const;
  return noteWindows(noRests, candidate(account), [window], START);
};

/** The playbook: each account's answers, one after the other; the last one is repeated. The result reads `a:throttle b:ok = success`. */
export function play(script: Readonly<Record<string, readonly Answer[]>>, more: Partial<World> = {}): string {
  const { events, end } = travel({
    candidates: Object.keys(script).map((account) => candidate(account)),
    answer: (account, _, attempt) => script[account]?.[attempt] ?? script[account]?.at(-1) ?? 'ok',
    chance: 0.5,
    ...more,
  });
  const words = events.map((event) => {
    if (event.kind === 'waited') return `wait ${event.ms}`;
    if (event.kind === 'sent') return `${event.account}:${event.answer === 'ok' ? 'ok' : event.answer.kind}`;
    return `${event.account} ${event.kind}`;
  });
  return [...words, '=', typeof end === 'string' ? end : end.cause].join(' ');
}

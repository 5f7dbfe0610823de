import type { Strategy } from '../../src/rotation/choose.ts';
import type { AccountPlan } from './account.ts';
import { makeRandom } from './random.ts';
import { codingSession } from './sessions.ts';
import type { Scene } from './simulate.ts';
import { clearSky, makeWeather } from './weather.ts';

const HOUR = 3_600_000;
const MILLION = 1_000_000;

export interface SceneOptions {
  readonly seed: number;
  readonly hours: number;
  readonly strategy: Strategy;
  readonly desks?: number;
  readonly leaveAt?: number;
  readonly requestRetry?: number;
  readonly holdMs?: number;
  readonly maxConcurrent?: number;
  readonly affinity?: boolean;
}

/** Seven accounts at two providers: plans with windows that tell all about themselves, keys that say nothing, one that is revoked. */
function officeAccounts(hours: number): readonly AccountPlan[] {
  const plan = (name: string, more: Partial<AccountPlan> = {}): AccountPlan => ({
    name,
    provider: 'lab',
    requestsPerMinute: 50,
    fiveHours: 12 * MILLION,
    week: 150 * MILLION,
    tells: true,
    ...more,
  });
  const key = { provider: 'works', fiveHours: Infinity, week: Infinity, tells: false, requestsPerMinute: 10 };
  return [
    plan('private'),
    plan('employer', { fiveHours: 20 * MILLION, requestsPerMinute: 100 }),
    plan('project', { week: 30 * MILLION }),
    plan('small', { fiveHours: 5 * MILLION, requestsPerMinute: 20 }),
    plan('revoked', { revokedAtMs: (hours * HOUR) / 3 }),
    plan('key', key),
    plan('second-key', { ...key, requestsPerMinute: 5 }),
  ];
}

/** A week's trouble in an office of developers. */
export function office({ seed, hours, strategy, ...options }: SceneOptions): Scene {
  const accounts = officeAccounts(hours);
  const where = {
    providers: [...new Set(accounts.map(({ provider }) => provider))],
    accounts: accounts.map(({ name }) => name),
  };
  return {
    accounts,
    desks: options.desks ?? 8,
    session: codingSession,
    weather: makeWeather(where, hours * HOUR, makeRandom(seed + 1)),
    limits: {
      strategy,
      requestRetry: options.requestRetry ?? 3,
      leaveAt: options.leaveAt ?? 0.98,
      maxQueued: 256,
    },
    holdMs: options.holdMs ?? 0,
    maxConcurrent: options.maxConcurrent ?? Infinity,
    affinity: options.affinity ?? true,
    seed,
    hours,
  };
}

/** Forty people over three keys of one provider, which are limited by the minute: there is hardly enough for all. */
export function crowd(options: SceneOptions): Scene {
  const accounts = ['one', 'two', 'three'].map((name) => ({
    name,
    provider: 'lab',
    requestsPerMinute: 22,
    fiveHours: Infinity,
    week: Infinity,
    tells: true,
  }));
  return { ...office({ desks: 40, ...options }), accounts, weather: clearSky };
}

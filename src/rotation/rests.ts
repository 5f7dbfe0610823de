import type { Outcome, OutcomeKind } from '../outcome.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Jitter beyond this parts no accounts any better, and a tenth of a week would waste most of a day. */
const MAX_JITTER_MS = 30 * SECOND_MS;

/** Why something is left alone, and until when. */
export interface Rest {
  readonly kind: OutcomeKind;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly status?: number;
  readonly detail?: string;
}

/** What an account, or an account and a model, is called among the rests. */
export type RestKey = string;

/** All rests, and how often each key failed in a row without a hint from the provider. */
export interface Health {
  readonly rests: ReadonlyMap<RestKey, Rest>;
  readonly streaks: ReadonlyMap<RestKey, number>;
}

export const noRests: Health = { rests: new Map(), streaks: new Map() };

/** The account and the upstream model of an attempt. */
export interface Target {
  readonly account: string;
  readonly model: string;
}

interface RestRule {
  readonly wide: 'account' | 'account-model';
  readonly baseMs: number;
  /** Each further failure doubles the rest, up to this. Equal to `baseMs` where it does not grow. */
  readonly capMs: number;
  /** A rest without a word from the provider that one success takes back: the account was only unlucky. */
  readonly soft: boolean;
}

/**
 * How long each kind of failure rests an account where the provider gave no time of its own.
 * An overload says nothing about the account, an empty or a faulty request neither: they rest nothing.
 */
const restRules: Readonly<Partial<Record<OutcomeKind, RestRule>>> = {
  throttle: { wide: 'account-model', baseMs: SECOND_MS, capMs: 5 * MINUTE_MS, soft: false },
  'window-spent': { wide: 'account', baseMs: 5 * MINUTE_MS, capMs: HOUR_MS, soft: false },
  billing: { wide: 'account', baseMs: HOUR_MS, capMs: HOUR_MS, soft: false },
  policy: { wide: 'account', baseMs: 30 * MINUTE_MS, capMs: 30 * MINUTE_MS, soft: false },
  auth: { wide: 'account', baseMs: 30 * MINUTE_MS, capMs: 30 * MINUTE_MS, soft: false },
  blocked: { wide: 'account', baseMs: 10 * SECOND_MS, capMs: MINUTE_MS, soft: true },
  capability: { wide: 'account-model', baseMs: 10 * MINUTE_MS, capMs: 10 * MINUTE_MS, soft: false },
  transport: { wide: 'account', baseMs: 5 * SECOND_MS, capMs: MINUTE_MS, soft: true },
  slow: { wide: 'account-model', baseMs: 5 * SECOND_MS, capMs: MINUTE_MS, soft: true },
};

/** Kinds whose rest one success takes back, and after which waiting a moment may be all that it takes. */
export function isSoft(kind: OutcomeKind): boolean {
  return kind === 'overload' || restRules[kind]?.soft === true;
}

export function accountKey(account: string): RestKey {
  return account;
}

export function accountModelKey(target: Target): RestKey {
  return `${target.account} ${target.model}`;
}

/** The rest that keeps a target from being used now: the longer one, where the account and the model both rest. */
export function openRest(health: Health, target: Target, now: number): Rest | undefined {
  if (health.rests.size === 0) return undefined;
  const whole = health.rests.get(accountKey(target.account));
  const part = health.rests.get(accountModelKey(target));
  const longer = part !== undefined && part.until > (whole?.until ?? 0) ? part : whole;
  return longer !== undefined && longer.until > now ? longer : undefined;
}

/**
 * What an outcome changes. A rest that is open is never shortened by a later, shorter one; failures that come
 * while it is open (requests that were under way together) do not lengthen the next.
 * @param chance a number in [0, 1): up to a tenth is added to each rest, at most half a minute, so that accounts do
 *   not return in step
 */
export function rest(health: Health, target: Target, outcome: Outcome, now: number, chance: number): Health {
  const rule = restRules[outcome.kind];
  // A wait of nothing is no word of when to come back: it would have us ask again and again.
  const waitMs = outcome.waitMs || undefined;
  if (outcome.scope === 'request' || (rule === undefined && waitMs === undefined)) return health;

  const key = isWide(outcome, rule) ? accountKey(target.account) : accountModelKey(target);
  const open = health.rests.get(key);
  const isOpen = open !== undefined && open.until > now;
  const counts = !isOpen && waitMs === undefined;
  const streak = (health.streaks.get(key) ?? 0) + (counts ? 1 : 0);
  const baseMs = waitMs ?? Math.min((rule?.baseMs ?? 0) * 2 ** (Math.max(streak, 1) - 1), rule?.capMs ?? 0);
  const until = Math.ceil(now + baseMs + chance * Math.min(baseMs / 10, MAX_JITTER_MS));

  const streaks = counts ? new Map(health.streaks).set(key, streak) : health.streaks;
  if (isOpen && open.until >= until) return { rests: health.rests, streaks };
  // What is worth another try at once must not take the place of a limit: a success would take the limit back with it.
  const { kind, status, detail } = isOpen && !isSoft(open.kind) && isSoft(outcome.kind) ? open : outcome;
  const next: Rest = {
    kind,
    since: now,
    until,
    ...(status === undefined ? {} : { status }),
    ...(detail === undefined ? {} : { detail }),
  };
  return { rests: new Map(health.rests).set(key, next), streaks };
}

function isWide(outcome: Outcome, rule: RestRule | undefined): boolean {
  if (outcome.scope === 'account-model') return false;
  return outcome.scope === 'account' || rule?.wide !== 'account-model';
}

/** A success ends the row of failures, and every soft rest with it. */
export function recover(health: Health, target: Target): Health {
  const keys = [accountKey(target.account), accountModelKey(target)];
  if (!keys.some((key) => health.streaks.has(key) || health.rests.has(key))) return health;
  const rests = new Map(health.rests);
  const streaks = new Map(health.streaks);
  for (const key of keys) {
    streaks.delete(key);
    const open = rests.get(key);
    if (open && isSoft(open.kind)) rests.delete(key);
  }
  return { rests, streaks };
}

/** Clears the rests of one account, or of all. */
export function reset(health: Health, account?: string): Health {
  if (account === undefined) return noRests;
  const keeps = ([key]: [RestKey, unknown]) => key !== account && !key.startsWith(`${account} `);
  return {
    rests: new Map([...health.rests].filter(keeps)),
    streaks: new Map([...health.streaks].filter(keeps)),
  };
}

/** Forgets what has been over for a quarter of an hour, so that the record does not grow for ever, and a row of failures ends. */
export function prune(health: Health, now: number): Health {
  const isOver = (rest: Rest | undefined) => rest === undefined || rest.until + 15 * MINUTE_MS <= now;
  const rests = [...health.rests].filter(([, rest]) => !isOver(rest));
  if (rests.length === health.rests.size) return health;
  const streaks = [...health.streaks].filter(([key]) => !isOver(health.rests.get(key)));
  return { rests: new Map(rests), streaks: new Map(streaks) };
}

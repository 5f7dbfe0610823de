import type { Outcome, OutcomeKind } from '../outcome.ts';
import { isWide, keysOf, NETWORK_KEY, type RestKey, type Target } from './keys.ts';
import { isSoft, without, type Health, type Rest } from './rests.ts';
import { isMadeBy, ruleFor, signOf, widerCause, withSign } from './signs.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Jitter beyond this parts no accounts any better, and a tenth of a week would waste most of a day. */
const MAX_JITTER_MS = 30 * SECOND_MS;

interface RestRule {
  readonly scope: 'account' | 'account-model';
  readonly baseMs: number;
  /** Each further failure doubles the rest, up to this. Equal to `baseMs` where it does not grow. */
  readonly capMs: number;
}

/**
 * How long each kind of failure rests an account where the provider gave no time of its own. An overload says nothing
 * about the account, and what is wrong with the request neither: they rest no account.
 */
const restRules: Readonly<Partial<Record<OutcomeKind, RestRule>>> = {
  throttle: { scope: 'account-model', baseMs: SECOND_MS, capMs: 5 * MINUTE_MS },
  'window-spent': { scope: 'account', baseMs: 5 * MINUTE_MS, capMs: HOUR_MS },
  billing: { scope: 'account', baseMs: HOUR_MS, capMs: HOUR_MS },
  policy: { scope: 'account', baseMs: 30 * MINUTE_MS, capMs: 30 * MINUTE_MS },
  auth: { scope: 'account', baseMs: 30 * MINUTE_MS, capMs: 30 * MINUTE_MS },
  blocked: { scope: 'account', baseMs: 10 * SECOND_MS, capMs: MINUTE_MS },
  capability: { scope: 'account-model', baseMs: 10 * MINUTE_MS, capMs: 10 * MINUTE_MS },
  transport: { scope: 'account', baseMs: 5 * SECOND_MS, capMs: MINUTE_MS },
  slow: { scope: 'account-model', baseMs: 5 * SECOND_MS, capMs: MINUTE_MS },
};

/** When and for which request an outcome came, and a number in [0, 1) for its jitter. */
export interface Moment {
  readonly now: number;
  readonly chance: number;
  /** Which request met it; 0 where none did. */
  readonly request: number;
}

/**
 * What an outcome changes. A rest that is open is never shortened by a later, shorter one; failures that come while it is
 * open (of requests that were under way together) do not lengthen the next. Up to a tenth is added to each rest, at
 * most half a minute, so that accounts do not return in step.
 */
export function rest(health: Health, target: Target, outcome: Outcome, moment: Moment): Health {
  const wide = restWide(health, target, outcome, moment);
  if (wide.isSettled) return wide.health;
  const rule = restRules[outcome.kind];
  // A wait of nothing is no word of when to come back: it would have us ask again and again.
  const isNamed = Boolean(outcome.waitMs);
  if (outcome.scope === 'request' || (rule === undefined && !isNamed)) return wide.health;
  const keys = keysOf(target);
  const isForModel =
    outcome.scope === 'account-model' || (outcome.scope !== 'account' && rule?.scope === 'account-model');
  return restKey(
    wide.health,
    isForModel ? keys.accountModel : keys.account,
    outcome,
    rule ?? NO_RULE,
    moment,
  );
}

const NO_RULE = { baseMs: 0, capMs: 0 };

interface Widened {
  readonly health: Health;
  /** What is wider rests, so the account does not. */
  readonly isSettled: boolean;
}

/** Failures that point beyond the account rest what they point to, and take back what the accounts were blamed for. */
function restWide(health: Health, target: Target, outcome: Outcome, moment: Moment): Widened {
  const rule = ruleFor(outcome);
  if (!rule) return { health, isSettled: false };
  const keys = keysOf(target);
  const isAlike = (key: RestKey) => {
    const kind = health.rests.get(key)?.kind;
    return kind !== undefined && rule.kinds.includes(kind);
  };
  const sign = signOf(target, outcome, moment.request, moment.now);
  const signs = withSign(health.signs, sign);
  const known = [NETWORK_KEY, keys.provider, keys.providerModel].find(isAlike);
  const key = known ?? widerCause(signs, sign, rule);
  if (key === undefined) return { health: { ...health, signs }, isSettled: outcome.kind === 'overload' };
  const blamed = [...health.rests]
    .filter(([of, { since, waitFrom }]) => waitFrom === undefined && isMadeBy(of, since, signs, rule))
    .map(([of]) => of);
  const narrower =
    key === NETWORK_KEY
      ? [...health.rests.keys()].filter((of) => of !== key && isWide(of) && isAlike(of))
      : [];
  const cleared = {
    ...health,
    signs,
    rests: without(health.rests, [...blamed, ...narrower]),
    streaks: without(health.streaks, [...blamed, ...narrower]),
  };
  return { health: restKey(cleared, key, outcome, rule, moment), isSettled: true };
}

/** Rests one key for as long as the provider said, or by the rule, longer with each failure in a row. */
function restKey(
  health: Health,
  key: RestKey,
  outcome: Outcome,
  rule: { readonly baseMs: number; readonly capMs: number },
  { now, chance }: Moment,
): Health {
  const waitMs = outcome.waitMs || undefined;
  const open = health.rests.get(key);
  const isOpen = open !== undefined && open.until > now;
  const counts = !isOpen && waitMs === undefined;
  const streak = (health.streaks.get(key) ?? 0) + (counts ? 1 : 0);
  const baseMs = waitMs ?? Math.min(rule.baseMs * 2 ** (Math.max(streak, 1) - 1), rule.capMs);
  const until = Math.ceil(now + baseMs + chance * Math.min(baseMs / 10, MAX_JITTER_MS));
  const streaks = counts ? new Map(health.streaks).set(key, streak) : health.streaks;
  if (isOpen && open.until >= until) return { ...health, streaks };
  // What is worth another try at once must not take the place of a limit: a success would take the limit back with it.
  const isLimit = isOpen && !isSoft(open.kind) && isSoft(outcome.kind);
  const next = isLimit ? { ...open, since: now, until } : restOf(outcome, now, until);
  return { ...health, rests: new Map(health.rests).set(key, next), streaks };
}

function restOf({ kind, status, detail, waitMs, waitFrom }: Outcome, since: number, until: number): Rest {
  return {
    kind,
    since,
    until,
    ...(status === undefined ? {} : { status }),
    ...(detail === undefined ? {} : { detail }),
    ...(waitMs ? { waitFrom: waitFrom ?? 'its answer' } : {}),
  };
}

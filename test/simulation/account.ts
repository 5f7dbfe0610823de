import type { Outcome, QuotaWindow } from '../../src/outcome.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long a provider keeps what it has read, from its last use. */
const CACHE_MS = 5 * MINUTE;
/** What a token that is read from the cache counts for. */
const CACHED_SHARE = 0.1;

/** One account's limits, as a vendor sets them. */
export interface AccountPlan {
  readonly name: string;
  readonly provider: string;
  readonly requestsPerMinute: number;
  /** In tokens; what is read from the cache counts for a tenth. */
  readonly fiveHours: number;
  readonly week: number;
  /** Tells its windows on every answer, and how long to wait on a 429. Otherwise it says nothing at all. */
  readonly tells: boolean;
  /** From here on its credential is refused. */
  readonly revokedAtMs?: number;
}

/** One turn as it arrives: how much of the conversation there is to read, and to write. */
export interface Turn {
  readonly conversation: string;
  readonly readTokens: number;
  readonly writeTokens: number;
}

export interface Served {
  /** Absent where it is answered. */
  readonly outcome?: Outcome;
  readonly cachedTokens: number;
  readonly windows: readonly QuotaWindow[];
}

/** An account as it is in truth, whatever the engine believes of it. */
export interface SimulatedAccount {
  readonly plan: AccountPlan;
  serve(turn: Turn, at: number): Served;
  /** From when on it would answer; `Infinity` where it never will. Not before `at`. */
  freeAt(at: number): number;
  /** Whether so large a share of one of its windows was used within the last so many milliseconds. */
  wasUsedUp(share: number, at: number, withinMs: number): boolean;
}

export function makeAccount(plan: AccountPlan): SimulatedAccount {
  const bucket = { tokens: plan.requestsPerMinute, at: 0 };
  const five = makeWindow('5h', plan.fiveHours, 5 * HOUR);
  const week = makeWindow('7d', plan.week, 7 * 24 * HOUR);
  const cache = new Map<string, { readonly tokens: number; readonly until: number }>();
  const refillMs = MINUTE / plan.requestsPerMinute;

  return { plan, serve, freeAt, wasUsedUp };

  function freeAt(at: number): number {
    if (at >= (plan.revokedAtMs ?? Infinity)) return Infinity;
    const tokens = tokensAt(at);
    const bucketAt = tokens >= 1 ? at : at + (1 - tokens) * refillMs;
    return Math.max(bucketAt, five.freeAt(at), week.freeAt(at));
  }

  function wasUsedUp(share: number, at: number, withinMs: number): boolean {
    return [five, week].some((window) => window.usedUpUntil(share, at) + withinMs > at);
  }

  function serve(turn: Turn, at: number): Served {
    const outcome = refusal(at);
    if (outcome) return { outcome, cachedTokens: 0, windows: told(at) };
    bucket.tokens -= 1;
    const known = cache.get(turn.conversation);
    const cachedTokens = known && known.until > at ? Math.min(known.tokens, turn.readTokens) : 0;
    cache.set(turn.conversation, { tokens: turn.readTokens + turn.writeTokens, until: at + CACHE_MS });
    const cost = turn.readTokens - cachedTokens + cachedTokens * CACHED_SHARE + turn.writeTokens;
    five.use(cost, at);
    week.use(cost, at);
    return { cachedTokens, windows: told(at) };
  }

  function refusal(at: number): Outcome | undefined {
    if (at >= (plan.revokedAtMs ?? Infinity)) return { kind: 'auth', scope: 'account', status: 401 };
    const spent = [week, five].find((window) => window.freeAt(at) > at);
    if (spent) {
      const wait = { waitMs: spent.freeAt(at) - at, waitFrom: `${spent.name} reset` };
      return { kind: 'window-spent', scope: 'account', status: 429, ...wait };
    }
    fill(at);
    if (bucket.tokens >= 1) return undefined;
    const waitMs = Math.ceil((1 - bucket.tokens) * refillMs);
    const hint = plan.tells ? { waitMs, waitFrom: 'retry-after' } : {};
    return { kind: 'throttle', scope: plan.tells ? 'account' : 'account-model', status: 429, ...hint };
  }

  function tokensAt(at: number): number {
    return Math.min(plan.requestsPerMinute, bucket.tokens + (at - bucket.at) / refillMs);
  }

  function fill(at: number): void {
    bucket.tokens = tokensAt(at);
    bucket.at = at;
  }

  function told(at: number): readonly QuotaWindow[] {
    return plan.tells ? [...five.told(at), ...week.told(at)] : [];
  }
}

/** A window begins with the first use and gives everything back at its end. */
function makeWindow(name: string, budget: number, lengthMs: number) {
  let used = 0;
  let resetsAt = 0;
  let before = { used: 0, resetsAt: -Infinity };
  const renew = (at: number) => {
    if (at < resetsAt) return;
    before = { used, resetsAt };
    used = 0;
    resetsAt = at + lengthMs;
  };
  return {
    name,
    use(cost: number, at: number) {
      renew(at);
      used += cost;
    },
    freeAt: (at: number) => (at < resetsAt && used >= budget ? resetsAt : at),
    /** When the latest time of so much use was or will be over. */
    usedUpUntil(share: number, at: number) {
      renew(at);
      if (used / budget >= share) return resetsAt;
      return before.used / budget >= share ? before.resetsAt : -Infinity;
    },
    told: (at: number): readonly QuotaWindow[] =>
      at < resetsAt ? [{ name, scope: 'account', used: used / budget, resetsAt, refill: 'at-once' }] : [],
  };
}

import type { AnswerOptions, Behaviour, CallKind } from './behaviour.ts';
import { retryAfterHeaders, type RetryAfter } from './faults.ts';

/** So many calls from the first one on, until the window has passed. */
export interface Quota {
  readonly requests: number;
  readonly windowMs: number;
  /** In which form the refusal says how long to wait; `none` says nothing. Default `seconds`. */
  readonly told?: 'seconds' | 'milliseconds' | 'http-date' | 'reset-header' | 'none';
}

export interface AccountOptions {
  /** What its answers call it. Default: the key. */
  readonly label?: string;
  /** The models that it may use; others are a 404. Default: the simulator's list, without refusing others. */
  readonly models?: readonly string[];
  readonly quota?: Quota;
  /** Sends `x-ratelimit-*-requests` on every answer where there is a quota. */
  readonly rateLimitHeaders?: boolean;
  /** Its answers, in place of the simulator's default. */
  readonly answer?: AnswerOptions;
}

export interface Account {
  readonly key: string;
  readonly label: string;
  readonly options: AccountOptions;
  /** The quota window under way. */
  window: { readonly endsAt: number; used: number } | undefined;
  /** Ids of its answers that a later call may go on from. */
  readonly answers: Set<string>;
}

export interface QuotaState {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes one call from the account's quota, or says when there is more. */
export function spend(account: Account, now: number): QuotaState {
  const quota = account.options.quota;
  if (quota === undefined) return { allowed: true, headers: {} };
  if (account.window === undefined || account.window.endsAt <= now) {
    account.window = { endsAt: now + quota.windowMs, used: 0 };
  }
  const window = account.window;
  const waitMs = window.endsAt - now;
  const allowed = window.used < quota.requests;
  if (allowed) window.used += 1;
  const standing = {
    'x-ratelimit-limit-requests': String(quota.requests),
    'x-ratelimit-remaining-requests': String(quota.requests - window.used),
    'x-ratelimit-reset-requests': goDuration(waitMs),
  };
  const shown = account.options.rateLimitHeaders === true ? standing : {};
  return { allowed, headers: allowed ? shown : { ...shown, ...refusalHeaders(quota, waitMs, now) } };
}

function refusalHeaders(quota: Quota, waitMs: number, now: number): Record<string, string> {
  const told = quota.told ?? 'seconds';
  if (told === 'none') return {};
  const forms: Record<typeof told, RetryAfter> = {
    seconds: { seconds: Math.ceil(waitMs / 1000) },
    milliseconds: { milliseconds: waitMs },
    'http-date': { httpDate: Math.ceil((now + waitMs) / 1000) * 1000 },
    'reset-header': { resetRequests: goDuration(waitMs) },
  };
  return retryAfterHeaders(forms[told]);
}

/** As OpenAI writes durations: `12ms`, `1.5s`, `6m0s`, `1h2m3s`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = (milliseconds % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

/** What is to happen: a queue and a standing behaviour for each key, and for `*`, which comes after the key's own. */
export function createPlaybook() {
  const queues = new Map<string, Behaviour[]>();
  const standing = new Map<string, Behaviour>();
  const fits = (behaviour: Behaviour, kind: CallKind): boolean => (behaviour.on ?? 'generate') === kind;

  const takeFirst = (key: string, kind: CallKind): Behaviour | undefined => {
    const queue = queues.get(key);
    const at = queue?.findIndex((behaviour) => fits(behaviour, kind)) ?? -1;
    return at < 0 ? undefined : queue?.splice(at, 1)[0];
  };
  const lasting = (key: string, kind: CallKind): Behaviour | undefined => {
    const behaviour = standing.get(key);
    return behaviour !== undefined && fits(behaviour, kind) ? behaviour : undefined;
  };

  return {
    script(key: string, behaviours: readonly Behaviour[]): void {
      queues.set(key, [...(queues.get(key) ?? []), ...behaviours]);
    },
    always(key: string, behaviour: Behaviour | undefined): void {
      if (behaviour === undefined) standing.delete(key);
      else standing.set(key, behaviour);
    },
    /** The next behaviour for a call, which is thereby used up if it was queued. */
    next(key: string | undefined, kind: CallKind): Behaviour | undefined {
      const own = key === undefined ? undefined : takeFirst(key, kind);
      return own ?? takeFirst('*', kind) ?? lasting(key ?? '*', kind) ?? lasting('*', kind);
    },
    /** Queued behaviours that no call has used. */
    leftOver(): number {
      return [...queues.values()].reduce((sum, queue) => sum + queue.length, 0);
    },
    isEmpty(): boolean {
      return standing.size === 0 && this.leftOver() === 0;
    },
    clear(): void {
      queues.clear();
      standing.clear();
    },
  };
}

export type Playbook = ReturnType<typeof createPlaybook>;

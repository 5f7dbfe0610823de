import type { OutcomeKind } from '../outcome.ts';
import type { Candidate } from './choose.ts';
import { openRest, type Health } from './rests.ts';

/** What the caller must wait for, or do, before the model can answer again. */
export type Cause = 'quota' | 'overload' | 'transport' | 'needs-login' | 'refused';

export interface Reason {
  readonly account: string;
  readonly kind: OutcomeKind;
  readonly detail?: string;
  /** Milliseconds since the epoch; absent where only a person can help. */
  readonly retryAt?: number;
}

/** Why no account is left: each one's reason, and the soonest way on. */
export interface Verdict {
  readonly cause: Cause;
  readonly retryAt?: number;
  readonly reasons: readonly Reason[];
}

const causes: Readonly<Record<OutcomeKind, Cause>> = {
  throttle: 'quota',
  'window-spent': 'quota',
  billing: 'quota',
  overload: 'overload',
  transport: 'transport',
  slow: 'transport',
  blocked: 'transport',
  empty: 'transport',
  auth: 'needs-login',
  policy: 'refused',
  capability: 'refused',
  request: 'refused',
  affinity: 'refused',
};

/** An overload or a broken connection without a rest of its own is worth another try about now. */
const SOON_MS = 1000;

/** Of two ways on that are open at the same time: waiting before signing in, and that before what nobody can mend here. */
const order: readonly Cause[] = ['quota', 'overload', 'transport', 'needs-login', 'refused'];

type Tries = ReadonlyMap<
  string,
  { readonly outcome: { readonly kind: OutcomeKind; readonly detail?: string } }
>;

/** After mixed failures the verdict is that of the soonest way on; what no waiting mends comes last. */
export function verdictOf(
  candidates: readonly Candidate[],
  tried: Tries,
  health: Health,
  now: number,
): Verdict {
  const known = candidates.flatMap((candidate) => reasonOf(candidate, tried, health, now) ?? []);
  // Those that neither failed nor rest have no reason to give, but may be tried as soon as the caller comes back.
  const ready = candidates.length > known.length ? now + SOON_MS : undefined;
  const reasons = known.length > 0 ? known : candidates.map(({ account }) => unknownReason(account, now));
  const [soonest] = [...reasons].sort(bySoonest);
  if (!soonest) return { cause: 'transport', reasons };
  const retryAt = Math.min(soonest.retryAt ?? Infinity, ready ?? Infinity);
  const cause = soonest.retryAt === undefined && ready !== undefined ? 'transport' : causes[soonest.kind];
  return { cause, ...(retryAt === Infinity ? {} : { retryAt }), reasons };
}

function reasonOf(candidate: Candidate, tried: Tries, health: Health, now: number): Reason | undefined {
  const { account } = candidate;
  const outcome = tried.get(account)?.outcome;
  const open = openRest(health, candidate, now);
  const kind = open?.kind ?? outcome?.kind;
  if (kind === undefined) return undefined;
  const detail = open?.detail ?? outcome?.detail;
  const retryAt = passesByItself(kind) ? (open?.until ?? now + SOON_MS) : undefined;
  return {
    account,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function unknownReason(account: string, now: number): Reason {
  return { account, kind: 'transport', retryAt: now + SOON_MS };
}

function bySoonest(one: Reason, other: Reason): number {
  if (one.retryAt === other.retryAt)
    return order.indexOf(causes[one.kind]) - order.indexOf(causes[other.kind]);
  return (one.retryAt ?? Infinity) - (other.retryAt ?? Infinity);
}

/** An account that lacks the model will lack it when its rest is over, and a refused one needs a person. */
function passesByItself(kind: OutcomeKind): boolean {
  return kind !== 'auth' && causes[kind] !== 'refused';
}

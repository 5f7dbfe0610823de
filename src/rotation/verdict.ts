import type { Outcome, OutcomeKind } from '../outcome.ts';
import type { Candidate } from './candidate.ts';
import { openRest } from './rests.ts';
import { standingOf, type Asker, type View } from './standing.ts';

/** What the caller must wait for, or do, before the model can answer again. */
export type Cause = 'quota' | 'overload' | 'transport' | 'needs-login' | 'refused';

/** Why an account cannot serve: what it rests for or has answered, or what keeps it from being asked. */
export type ReasonKind = OutcomeKind | 'busy' | 'draining';

export interface Reason {
  readonly account: string;
  /** Under the name that the provider gives it. */
  readonly model: string;
  readonly kind: ReasonKind;
  readonly detail?: string;
  /** Milliseconds since the epoch; absent where only a person can help. */
  readonly retryAt?: number;
  /** Where the provider named that time; absent where it is our own estimate. */
  readonly waitFrom?: string;
}

/** Why no account is left: each one's reason, and the soonest way on. */
export interface Verdict {
  readonly cause: Cause;
  readonly retryAt?: number;
  readonly reasons: readonly Reason[];
}

const causes: Readonly<Record<ReasonKind, Cause>> = {
  throttle: 'quota',
  'window-spent': 'quota',
  billing: 'quota',
  busy: 'quota',
  overload: 'overload',
  transport: 'transport',
  slow: 'transport',
  blocked: 'transport',
  empty: 'transport',
  auth: 'needs-login',
  policy: 'refused',
  capability: 'refused',
  draining: 'refused',
  request: 'refused',
  affinity: 'refused',
};

/** An overload or a broken connection without a rest of its own is worth another try about now. */
const SOON_MS = 1000;

/** Of two ways on that are open at the same time: waiting before signing in, and that before what nobody can mend here. */
const order: readonly Cause[] = ['quota', 'overload', 'transport', 'needs-login', 'refused'];

type Tries = ReadonlyMap<string, { readonly outcome: Outcome }>;

/** After mixed failures the verdict is that of the soonest way on; what no waiting mends comes last. */
export function verdictOf(candidates: readonly Candidate[], tried: Tries, asker: Asker, view: View): Verdict {
  const { now } = view;
  const known = candidates.flatMap((candidate) => reasonOf(candidate, tried, asker, view) ?? []);
  // Those that neither failed nor rest have no reason to give, but may be tried as soon as the caller comes back.
  const ready = candidates.length > known.length ? now + SOON_MS : undefined;
  const reasons = known.length > 0 ? known : candidates.map((candidate) => unknownReason(candidate, now));
  const [soonest] = [...reasons].sort(bySoonest);
  if (!soonest) return { cause: 'transport', reasons };
  const retryAt = Math.min(soonest.retryAt ?? Infinity, ready ?? Infinity);
  const cause = soonest.retryAt === undefined && ready !== undefined ? 'transport' : causes[soonest.kind];
  return { cause, ...(retryAt === Infinity ? {} : { retryAt }), reasons };
}

function reasonOf(candidate: Candidate, tried: Tries, asker: Asker, view: View): Reason | undefined {
  const { account, model } = candidate;
  const outcome = tried.get(triedKey(candidate))?.outcome;
  const open = openRest(view.health, candidate.keys, view.now)?.rest;
  const kind = open?.kind ?? outcome?.kind ?? barrier(candidate, asker, view);
  if (kind === undefined) return undefined;
  const detail = open ? open.detail : outcome?.detail;
  const retryAt = passesByItself(kind) ? (open?.until ?? view.now + SOON_MS) : undefined;
  return {
    account,
    model,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(retryAt === undefined || open?.waitFrom === undefined ? {} : { waitFrom: open.waitFrom }),
  };
}

/** An account may stand in more than one stage, with another model each time. */
export function triedKey({ keys }: Candidate): string {
  return keys.accountModel;
}

function barrier(candidate: Candidate, asker: Asker, view: View): 'busy' | 'draining' | undefined {
  const { state } = standingOf(candidate, asker, view);
  return state === 'busy' || state === 'draining' ? state : undefined;
}

function unknownReason({ account, model }: Candidate, now: number): Reason {
  return { account, model, kind: 'transport', retryAt: now + SOON_MS };
}

function bySoonest(one: Reason, other: Reason): number {
  if (one.retryAt === other.retryAt)
    return order.indexOf(causes[one.kind]) - order.indexOf(causes[other.kind]);
  return (one.retryAt ?? Infinity) - (other.retryAt ?? Infinity);
}

/** An account that lacks the model will lack it when its rest is over, and a refused one needs a person. */
export function passesByItself(kind: ReasonKind): boolean {
  return kind !== 'auth' && causes[kind] !== 'refused';
}

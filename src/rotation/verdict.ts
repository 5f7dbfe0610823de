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
};

/** An overload or a broken connection without a rest of its own is worth another try about now. */
const SOON_MS = 1000;

/** After mixed failures the verdict is that of the soonest way on; what only a person can mend comes last. */
export function verdictOf(
  candidates: readonly Candidate[],
  tried: ReadonlyMap<string, { readonly outcome: { readonly kind: OutcomeKind; readonly detail?: string } }>,
  health: Health,
  now: number,
): Verdict {
  const reasons = candidates.map((candidate): Reason => {
    const outcome = tried.get(candidate.account)?.outcome;
    const open = openRest(health, candidate, now);
    const kind = open?.kind ?? outcome?.kind ?? 'transport';
    const detail = open?.detail ?? outcome?.detail;
    const retryAt = needsPerson(kind) ? undefined : (open?.until ?? now + SOON_MS);
    return {
      account: candidate.account,
      kind,
      ...(detail === undefined ? {} : { detail }),
      ...(retryAt === undefined ? {} : { retryAt }),
    };
  });
  const soonest = reasons.reduce<Reason | undefined>((first, reason) => {
    if (!first) return reason;
    return (reason.retryAt ?? Infinity) < (first.retryAt ?? Infinity) ? reason : first;
  }, undefined);
  if (!soonest) return { cause: 'transport', reasons };
  return {
    cause: causes[soonest.kind],
    ...(soonest.retryAt === undefined ? {} : { retryAt: soonest.retryAt }),
    reasons,
  };
}

function needsPerson(kind: OutcomeKind): boolean {
  return kind === 'auth' || kind === 'policy';
}

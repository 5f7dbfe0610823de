import type { Candidate } from './candidate.ts';
import type { RestKey } from './keys.ts';
import { isWaitedFor, rampedUntil, underwayAt, type Load } from './load.ts';
import { endedRests, isGuess, openRest, type Health, type OpenRest } from './rests.ts';
import { nearWall, type SeenWindow } from './windows.ts';

/** How a candidate stands to one request at one moment. */
export type Standing =
  /** `trials`: ended rests for which this attempt would be on trial. */
  | { readonly state: 'free'; readonly trials: readonly RestKey[] }
  /** As `free`, but one of its windows is nearly used up: better left alone while another has room. */
  | { readonly state: 'near-limit'; readonly trials: readonly RestKey[]; readonly window: SeenWindow }
  /** There may be room soon; `until` where it is known when, in milliseconds since the epoch. */
  | {
      readonly state: 'busy';
      readonly why: 'full' | 'on-trial' | 'ramp' | 'queue';
      readonly until?: number;
    }
  | ({ readonly state: 'resting' } & OpenRest)
  | { readonly state: 'draining' };

/** What a candidate's standing depends on besides itself. */
export interface View {
  readonly health: Health;
  readonly load: Load;
  readonly now: number;
}

/** The asking request's part in it. */
export interface Asker {
  readonly request: number;
  /** The account that holds the conversation's cache. */
  readonly owner: string | undefined;
  /** An attempt of this request has failed. */
  readonly hasFailed: boolean;
  /** A share from 0 to 1. */
  readonly leaveAt: number;
}

const FREE: Standing = { state: 'free', trials: [] };
const DRAINING: Standing = { state: 'draining' };
const FULL: Standing = { state: 'busy', why: 'full' };
const QUEUE: Standing = { state: 'busy', why: 'queue' };

/**
 * Whether a candidate can be used now, and if not, why.
 * @param isAgain the request has tried it already and it was not at fault: what rests it is a guess that may be put to the test early
 */
export function standingOf(candidate: Candidate, asker: Asker, view: View, isAgain = false): Standing {
  const { health, load, now } = view;
  const { account, keys } = candidate;
  const { request } = asker;
  if (candidate.draining && asker.owner !== account) return DRAINING;
  const own = isAgain ? health.rests.get(keys.account) : undefined;
  const doubted = own && own.until > now && isGuess(keys.account, own) ? keys.account : undefined;
  const open = openRest(health, keys, now, doubted);
  if (open) return { state: 'resting', ...open };
  const ended = endedRests(health, keys, now);
  const trials = doubted === undefined ? ended : [...ended, doubted];
  for (const key of trials) {
    const trial = load.trials.get(key);
    if (trial && trial.request !== request && trial.until > now) {
      return { state: 'busy', why: 'on-trial', until: trial.until };
    }
  }
  if (underwayAt(load, account).all >= candidate.maxConcurrent) return FULL;
  const moved = isMove(account, asker);
  const rampUntil = moved ? rampedUntil(load, account, now) : undefined;
  if (rampUntil !== undefined) return { state: 'busy', why: 'ramp', until: rampUntil };
  if (load.queue.length > 0 && isWaitedFor(load, { account, request, moved })) return QUEUE;
  const window = windowNearLimit(candidate, asker, view);
  if (window) return { state: 'near-limit', trials, window };
  return trials.length === 0 ? FREE : { state: 'free', trials };
}

/** Whether a request comes to an account from another one. */
export function isMove(account: string, { owner, hasFailed }: Asker): boolean {
  return hasFailed || (owner !== undefined && owner !== account);
}

/** An account whose 429s may not be answered by another one is not left ahead of them either. */
function windowNearLimit(
  { account, model, switchOn429 }: Candidate,
  { owner, leaveAt }: Asker,
  { health, now }: View,
): SeenWindow | undefined {
  if (!switchOn429) return undefined;
  const windows = health.windows.get(account);
  return windows && nearWall(windows, model, now, { leaveAt, longOnly: owner === account });
}

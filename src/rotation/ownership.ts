import { moves } from './affinity.ts';
import type { Candidate } from './candidate.ts';
import type { Health, OpenRest } from './rests.ts';
import { nearWall } from './windows.ts';

/** What the next turn's owner depends on besides who has answered. */
export interface OwnershipView {
  readonly health: Health;
  readonly candidates: readonly Candidate[];
  /** A share from 0 to 1. */
  readonly leaveAt: number;
  readonly now: number;
}

/** Whose a conversation is after an account has answered one of its turns. */
export function ownerAfter(owner: string | undefined, answered: Candidate, view: OwnershipView): string {
  const { account, stage } = answered;
  if (owner === undefined || owner === account) return account;
  const owning = view.candidates.find((one) => one.account === owner && one.stage === stage);
  const state = {
    serves: owning !== undefined,
    rest: owning && longestRest(view.health, owning),
    isNearLimit: owning !== undefined && isLeft(owning, view),
  };
  return moves(owner, state) ? account : owner;
}

/**
 * The longest of the owner's rests, those included that are over and that no success has ended yet: what was in its cache
 * before a long one is gone, and the conversation has a new one where it was answered.
 */
function longestRest({ rests }: Health, { keys }: Candidate): OpenRest | undefined {
  let longest: OpenRest | undefined;
  for (const key of keys.all) {
    const rest = rests.get(key);
    if (rest && rest.until > (longest?.rest.until ?? 0)) longest = { key, rest };
  }
  return longest;
}

/** Whether the owner was left because a window of which nothing comes back before its end is nearly used up. */
function isLeft(
  { account, model, switchOn429 }: Candidate,
  { health, leaveAt, now }: OwnershipView,
): boolean {
  const windows = health.windows.get(account);
  if (!switchOn429 || windows === undefined) return false;
  return nearWall(windows, model, now, { leaveAt, longOnly: true }) !== undefined;
}

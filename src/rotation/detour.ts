import type { Candidate } from './candidate.ts';
import { costsRetry, type Rotation } from './rotation.ts';

/** So many failures that may be its provider's, and a request goes elsewhere, be it to a lower tier. */
const ENOUGH = 2;

/**
 * Whom to choose from after failures that may be the provider's (overload, a broken connection): retries are few, and spent
 * where they have a chance. After one failure another provider of the same tier goes first; after two, any other.
 */
export function detour(rotation: Rotation, usable: readonly Candidate[]): readonly Candidate[] {
  if (rotation.attempts === 0 || usable.length < 2) return usable;
  const failures = failuresByProvider(rotation);
  if (failures.size === 0) return usable;
  const of = ({ provider }: Candidate) => failures.get(provider) ?? 0;
  const hopeful = usable.filter((one) => of(one) < ENOUGH);
  const left = hopeful.length > 0 ? hopeful : usable;
  const top = Math.max(...left.map(({ priority }) => priority));
  const untouched = left.filter((one) => one.priority === top && of(one) === 0);
  return untouched.length > 0 ? untouched : left;
}

function failuresByProvider({ tried }: Rotation): ReadonlyMap<string, number> {
  const failures = new Map<string, number>();
  for (const { candidate, outcome } of tried.values()) {
    if (!costsRetry(outcome)) continue;
    failures.set(candidate.provider, (failures.get(candidate.provider) ?? 0) + 1);
  }
  return failures;
}

import { RotaError } from '../failure.ts';
import type { Account } from './account.ts';
import { accountLabelled } from './account-lookup.ts';

const MAX_LABEL_LENGTH = 100;
// Line breaks and the like would forge lines of the output, and direction marks make one label look like another.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A label that a person gave, trimmed.
 * @throws RotaError of kind `usage` where it is empty, too long or not printable.
 */
export function checkedLabel(label: string): string {
  const trimmed = label.trim();
  if (trimmed === '') throw refused('A label may not be empty.');
  if (trimmed.length > MAX_LABEL_LENGTH) {
    throw refused(`A label may have ${MAX_LABEL_LENGTH} characters at most; this one has ${trimmed.length}.`);
  }
  if (trimmed.search(UNPRINTABLE) >= 0) throw refused('A label may not hold control characters.');
  return trimmed;
}

/** A label made of what a provider says, or of `fallback`: printable, short, and not taken yet (else with ` 2`, ` 3`…). */
export function freeLabel(
  accounts: readonly Account[],
  wanted: string | undefined,
  fallback: string,
): string {
  const cleaned = (wanted ?? '')
    .replace(UNPRINTABLE, '')
    .trim()
    .slice(0, MAX_LABEL_LENGTH - 8)
    .trim();
  const base = cleaned === '' ? fallback : cleaned;
  for (let number = 1; ; number += 1) {
    const label = number === 1 ? base : `${base} ${number}`;
    if (accountLabelled(accounts, label) === undefined) return label;
  }
}

function refused(message: string): RotaError {
  return new RotaError({ kind: 'usage', message });
}

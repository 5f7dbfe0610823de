import type { Account } from '../accounts/account.ts';
import type { Memory } from '../gateway/memory.ts';
import { isOfAccount } from '../rotation/keys.ts';

/**
 * A new sign-in begins afresh: what an account rested for was the old credential's, and at worst the first attempt
 * says so again. Also for a sign-in that was made while no proxy ran.
 */
export function forgetRestsBeforeRenewal(memory: Memory, accounts: readonly Account[]): void {
  for (const { id, provider, renewedAt } of accounts) {
    const renewedAtMs = Date.parse(renewedAt);
    const isOlder = [...memory.health.rests].some(
      ([key, { since }]) => isOfAccount(key, id) && since < renewedAtMs,
    );
    if (isOlder) memory.reset({ account: id, provider });
  }
}

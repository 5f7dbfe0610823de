import { RotaError } from '../failure.ts';
import type { Account } from './account.ts';
import { removeAccount } from './account-changes.ts';
import type { Credential, OAuthCredential } from './credential.ts';
import type { Records } from './records.ts';
import type { Vault } from './vault.ts';

/** Tells the provider that the tokens are not used any more (RFC 7009); rejects where it could not be told. */
export type Revoke = (account: Account, credential: OAuthCredential) => Promise<'revoked' | 'not-offered'>;

export interface SignOutParts {
  readonly vault: Vault;
  readonly records: Records;
  readonly revoke: Revoke;
}

export interface SignedOut {
  /** `not-offered`: a key, or a provider without such an endpoint. */
  readonly revocation: 'revoked' | 'not-offered' | 'failed';
  /** Why it failed, in a sentence: the tokens may stay valid until they expire. */
  readonly problem?: string;
}

/**
 * Ends an account: revoked at the provider where it can be, then the credential is deleted, then the record. Where it
 * ends halfway it can be done again. A revocation that fails is reported and stops nothing.
 * @throws RotaError of kind `store` or `records`; the record is there still.
 */
export async function signOut(parts: SignOutParts, account: Account): Promise<SignedOut> {
  const { vault, records } = parts;
  return vault.locked(account.id, async () => {
    const revoked = await revocation(parts, account);
    await vault.remove(account.id);
    await records.change((content) => removeAccount(content, account.id));
    return revoked;
  });
}

async function revocation({ vault, revoke }: SignOutParts, account: Account): Promise<SignedOut> {
  try {
    const credential: Credential = await vault.credential(account.id);
    if (credential.kind !== 'oauth') return { revocation: 'not-offered' };
    return { revocation: await revoke(account, credential) };
  } catch (error) {
    const problem =
      error instanceof RotaError
        ? error.failure.message
        : 'The provider could not be told that the tokens are not used any more.';
    return { revocation: 'failed', problem };
  }
}

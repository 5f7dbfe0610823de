import type { Clock } from '../clock.ts';
import { RotaError } from '../failure.ts';
import type { Account } from './account.ts';
import { renewAccount } from './account-changes.ts';
import { freeLabel } from './account-label.ts';
import type { Archive, ArchivedAccount } from './archive.ts';
import { encodeCredential } from './credential-codec.ts';
import type { Credential } from './credential.ts';
import { addEndpoint } from './endpoint-changes.ts';
import type { Records } from './records.ts';
import { sameSecret } from './same-secret.ts';
import type { Vault } from './vault.ts';

export interface Restored {
  /** As it is called here. */
  readonly label: string;
  readonly provider: string;
  /** `newer-here`: the account here has a newer credential, which was kept. */
  readonly what: 'added' | 'renewed' | 'same' | 'newer-here';
}

export interface RestoreParts {
  readonly vault: Vault;
  readonly records: Records;
  readonly clock: Clock;
}

/**
 * Takes up what an archive holds, account by account: adds what is missing, renews what is older, and leaves alone what is newer.
 * The credential is stored before the record, as by a sign-in; where it ends halfway it can be done again.
 * @throws RotaError of kind `usage` where an endpoint of the archive has another address here; `store`, `records`.
 */
export async function restoreArchive(parts: RestoreParts, archive: Archive): Promise<readonly Restored[]> {
  const { accounts } = archive;
  const needed = archive.endpoints.filter(({ id }) =>
    accounts.some(({ account }) => account.provider === id),
  );
  await parts.records.change((content) => needed.reduce(addEndpoint, content));
  const restored: Restored[] = [];
  for (const one of accounts) restored.push(await restoreOne(parts, one));
  return restored;
}

async function restoreOne(parts: RestoreParts, archived: ArchivedAccount): Promise<Restored> {
  const { vault, records, clock } = parts;
  const { account, credential } = archived;
  const { provider } = account;
  const { accounts } = await records.read();
  const present = sameAccount(accounts, account);
  const id = present?.id ?? account.id;
  return vault.locked(id, async () => {
    if (present === undefined) {
      await vault.save(id, credential);
      const label = await addRestored(records, account);
      return { label, provider, what: 'added' };
    }
    const { label } = present;
    const here = await credentialHere(vault, id);
    const what = here === undefined ? 'older' : compared(present, here, archived);
    if (what !== 'older') return { label, provider, what };
    await vault.save(id, credential);
    const renewedAt = new Date(clock.now()).toISOString();
    await records.change((content) => renewAccount(content, id, { renewedAt }));
    return { label, provider, what: 'renewed' };
  });
}

function sameAccount(accounts: readonly Account[], account: Account): Account | undefined {
  const { id, provider, identity, label } = account;
  const ofProvider = accounts.filter((one) => one.provider === provider);
  return (
    ofProvider.find((one) => one.id === id) ??
    ofProvider.find((one) => identity !== undefined && one.identity === identity) ??
    ofProvider.find((one) => one.label === label && (one.identity === undefined || identity === undefined))
  );
}

async function addRestored(records: Records, account: Account): Promise<string> {
  let label = account.label;
  await records.change((content) => {
    label = freeLabel(content.accounts, account.label, account.provider);
    const others = content.accounts.filter(({ id }) => id !== account.id);
    return { ...content, accounts: [...others, { ...account, label }] };
  });
  return label;
}

/** `undefined` where the store has none that can be read: then any is better. */
async function credentialHere(vault: Vault, id: string): Promise<Credential | undefined> {
  try {
    return await vault.credential(id);
  } catch (error) {
    const failure = error instanceof RotaError ? error.failure : undefined;
    const isAbsent = failure?.kind === 'store' && ['item-missing', 'corrupt'].includes(failure.problem);
    if (isAbsent || failure?.kind === 'not-found') return undefined;
    throw error;
  }
}

/** What the account here is beside the one in the archive. */
function compared(
  present: Account,
  here: Credential,
  { account, credential }: ArchivedAccount,
): 'older' | 'same' | 'newer-here' {
  if (sameSecret(encodeCredential(here), encodeCredential(credential))) return 'same';
  const hereAt = issuedAt(here) ?? Date.parse(present.renewedAt);
  const archivedAt = issuedAt(credential) ?? Date.parse(account.renewedAt);
  return hereAt < archivedAt || (hereAt === archivedAt && present.needsLogin !== undefined)
    ? 'older'
    : 'newer-here';
}

function issuedAt(credential: Credential): number | undefined {
  return credential.kind === 'oauth' ? credential.issuedAt : undefined;
}

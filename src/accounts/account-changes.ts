import { RotaError } from '../failure.ts';
import type { Account } from './account.ts';
import { accountLabelled } from './account-lookup.ts';
import { checkedLabel } from './account-label.ts';
import type { AccountSettings } from './account-settings.ts';
import { applySettings } from './account-settings.ts';
import type { OwnKey, RecordsContent } from './records-content.ts';
import type { StoreKind } from './store/store.ts';

// Each takes what the file holds and gives what it shall hold; nothing else happens here.

/** What a sign-in settles about a new account. */
export interface NewAccount {
  readonly id: string;
  readonly provider: string;
  readonly label: string;
  readonly identity?: string;
  /** ISO 8601. */
  readonly addedAt: string;
}

/** @throws RotaError of kind `usage` where the label is taken. */
export function addAccount(content: RecordsContent, added: NewAccount): RecordsContent {
  const label = checkedLabel(added.label);
  refuseTaken(content, label);
  const account: Account = {
    ...added,
    label,
    renewedAt: added.addedAt,
    enabled: true,
    priority: 0,
    weight: 1,
  };
  return { ...content, accounts: [...content.accounts, account] };
}

/** What a further sign-in changes; what is absent stays. */
export interface Renewal {
  /** ISO 8601. */
  readonly renewedAt: string;
  readonly identity?: string;
  readonly label?: string;
}

/** A new credential was stored: the account needs no sign-in any more. */
export function renewAccount(content: RecordsContent, id: string, renewal: Renewal): RecordsContent {
  const { label, ...rest } = renewal;
  const renamed = label === undefined ? content : renameAccount(content, id, label);
  return changed(renamed, id, (account) => {
    const renewed: Account & { needsLogin?: unknown } = { ...account, ...rest };
    delete renewed.needsLogin;
    return renewed;
  });
}

/** @throws RotaError of kind `usage` where another account has the label. */
export function renameAccount(content: RecordsContent, id: string, label: string): RecordsContent {
  const checked = checkedLabel(label);
  refuseTaken(content, checked, id);
  return changed(content, id, (account) => ({ ...account, label: checked }));
}

/** Enabling an account also ends its draining. */
export function setEnabled(content: RecordsContent, id: string, enabled: boolean): RecordsContent {
  return changed(content, id, (account) => {
    const next: Account & { draining?: unknown } = { ...account, enabled };
    delete next.draining;
    return next;
  });
}

/** Lets an account finish the conversations that it has, and take no new one. */
export function drainAccount(content: RecordsContent, id: string): RecordsContent {
  return changed(content, id, (account) => ({ ...account, draining: true }));
}

/** @throws RotaError of kind `usage` that names the setting which is out of range. */
export function setAccountSettings(
  content: RecordsContent,
  id: string,
  settings: AccountSettings,
): RecordsContent {
  return changed(content, id, (account) => applySettings(account, settings));
}

/** Already gone is as good as removed. */
export function removeAccount(content: RecordsContent, id: string): RecordsContent {
  const accounts = content.accounts.filter((account) => account.id !== id);
  return accounts.length === content.accounts.length ? content : { ...content, accounts };
}

/** A credential that the provider refused for good. */
export interface Refusal {
  /** The `renewedAt` of the account as it was when its credential was used. */
  readonly renewedAt: string;
  /** ISO 8601. */
  readonly since: string;
  readonly reason: string;
}

/** Says nothing against an account that was signed in again, or removed, in the meantime. */
export function markNeedsLogin(content: RecordsContent, id: string, refusal: Refusal): RecordsContent {
  const { renewedAt, ...needsLogin } = refusal;
  const account = content.accounts.find((candidate) => candidate.id === id);
  if (account === undefined || account.renewedAt !== renewedAt) return content;
  return changed(content, id, (current) => ({ ...current, needsLogin }));
}

export function rememberStore(content: RecordsContent, store: StoreKind): RecordsContent {
  return content.store === store ? content : { ...content, store };
}

export function rememberKey(content: RecordsContent, key: OwnKey): RecordsContent {
  return content.keysMade.includes(key) ? content : { ...content, keysMade: [...content.keysMade, key] };
}

function changed(content: RecordsContent, id: string, change: (account: Account) => Account): RecordsContent {
  if (!content.accounts.some((account) => account.id === id)) {
    throw new RotaError({
      kind: 'not-found',
      message: `There is no account with the id "${id}" any more: another command has removed it.`,
    });
  }
  const accounts = content.accounts.map((account) => (account.id === id ? change(account) : account));
  return { ...content, accounts };
}

function refuseTaken(content: RecordsContent, label: string, exceptId?: string): void {
  const holder = accountLabelled(
    content.accounts.filter(({ id }) => id !== exceptId),
    label,
  );
  if (holder === undefined) return;
  throw new RotaError({
    kind: 'usage',
    message: `The label "${holder.label}" already belongs to an account of ${holder.provider}. Choose another label, or rename that account with \`proxy accounts rename\`.`,
  });
}

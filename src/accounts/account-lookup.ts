import { RotaError } from '../failure.ts';
import { nearest } from '../nearest.ts';
import type { Account } from './account.ts';

/** How people write an account where its label alone would not say enough: `provider/label`. */
export function fullNameOf(account: Account): string {
  return `${account.provider}/${account.label}`;
}

/** Labels that differ in nothing but case would be taken for each other. */
export function sameLabel(one: string, other: string): boolean {
  return one.normalize().toLowerCase() === other.normalize().toLowerCase();
}

export function accountLabelled(accounts: readonly Account[], label: string): Account | undefined {
  return accounts.find((account) => sameLabel(account.label, label));
}

/**
 * The account that `reference` names: its label, its id, `provider/label`, or the provider's id where there is one
 * account only.
 * @throws RotaError of kind `usage` where it names none, or several.
 */
export function findAccount(accounts: readonly Account[], reference: string): Account {
  const ways: readonly ((account: Account) => boolean)[] = [
    (account) => account.label === reference,
    (account) => account.id === reference,
    (account) => fullNameOf(account) === reference,
    (account) => sameLabel(account.label, reference) || sameLabel(fullNameOf(account), reference),
    (account) => account.provider === reference,
  ];
  for (const way of ways) {
    const [found, ...others] = accounts.filter(way);
    if (found === undefined) continue;
    if (others.length === 0) return found;
    throw ambiguous(reference, [found, ...others]);
  }
  throw unknown(reference, accounts);
}

/** The first label or id that two accounts share, in words; `undefined` where none do. */
export function findClash(accounts: readonly Account[]): string | undefined {
  for (const [index, account] of accounts.entries()) {
    const earlier = accounts.slice(0, index);
    if (earlier.some(({ id }) => id === account.id)) return `two accounts have the id "${account.id}"`;
    if (accountLabelled(earlier, account.label)) return `two accounts have the label "${account.label}"`;
  }
  return undefined;
}

function ambiguous(reference: string, found: readonly Account[]): RotaError {
  const names = found.map((account) => `"${account.label}"`).join(', ');
  return new RotaError({
    kind: 'usage',
    message: `"${reference}" could be any of ${found.length} accounts: ${names}. Use one of these labels.`,
  });
}

function unknown(reference: string, accounts: readonly Account[]): RotaError {
  if (accounts.length === 0) {
    return new RotaError({
      kind: 'usage',
      message: `There is no account "${reference}": none is signed in yet. Begin with \`proxy login\`.`,
    });
  }
  const near = nearest(
    reference,
    accounts.flatMap((account) => [account.label, fullNameOf(account)]),
  );
  const way =
    near.length > 0
      ? `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
      : 'See `proxy accounts` for those there are.';
  return new RotaError({ kind: 'usage', message: `There is no account "${reference}". ${way}` });
}

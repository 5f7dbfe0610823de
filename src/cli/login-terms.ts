import type { AccountSettings } from '../accounts/account-settings.ts';
import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';

/**
 * What a further account of a provider that restricts several accounts is to do on a 429: a person is told the terms
 * and asked, before anything is saved; where nobody can answer it switches, and says so.
 */
export async function settleTerms(
  { terminal, records }: CliContext,
  provider: Provider,
): Promise<AccountSettings> {
  const { terms, label, id } = provider;
  if (terms.kind !== 'restricted') return {};
  const { accounts } = await records.read();
  const present = accounts.filter((account) => account.provider === id).length;
  if (present === 0) return {};
  const link = terms.link === undefined ? '' : `${terms.link}, `;
  terminal.note(`${terms.note} (${link}checked ${terms.checked})`);
  terminal.note(
    `This is one account more than the ${present} you have at ${label}. A failure of the provider or the network switches in any case.`,
  );
  if (terminal.interactive) {
    const question = `May another account of ${label} answer when this one gets a 429?`;
    return { switchOn429: await terminal.confirm(question) };
  }
  terminal.note(
    'A 429 switches to another account; `proxy accounts set <account> --no-switch-on-429` changes that.',
  );
  return { switchOn429: true };
}

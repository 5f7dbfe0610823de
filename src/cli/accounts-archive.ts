import { resolve } from 'node:path';
import { readArchive, writeArchive } from '../accounts/archive.ts';
import type { ArchivedAccount } from '../accounts/archive.ts';
import { restoreArchive } from '../accounts/restore-archive.ts';
import type { Restored } from '../accounts/restore-archive.ts';
import { readPassphrase } from '../accounts/store/passphrase.ts';
import { sameSecret } from '../accounts/same-secret.ts';
import { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import type { CliContext } from './context.ts';
import { usage } from './usage.ts';

export interface ArchiveOptions {
  readonly passphraseFile?: string;
}

/**
 * Writes all accounts into an encrypted file.
 * @throws RotaError of kind `needs-login` where there is none, `usage` where the file exists, `store` where a credential
 * cannot be read or the file not written.
 */
export async function exportAccounts(
  context: CliContext,
  file: string,
  options: ArchiveOptions & { readonly force?: boolean },
): Promise<void> {
  const { records, terminal } = context;
  const vault = await context.vault();
  const { accounts, endpoints } = await records.read();
  if (accounts.length === 0) {
    throw new RotaError({
      kind: 'needs-login',
      message: 'No account is signed in: there is nothing to export.',
    });
  }
  const passphrase = await newPassphrase(context, options);
  const carried: ArchivedAccount[] = [];
  for (const account of accounts) {
    carried.push({ account, credential: await vault.credential(account.id) });
  }
  await writeArchive(resolve(file), passphrase, { accounts: carried, endpoints }, options.force === true);
  terminal.out(`${counted(accounts.length)} written to ${file}, encrypted with your passphrase.`);
  if (carried.some(({ credential }) => credential.kind === 'oauth')) {
    terminal.note(
      'A sign-in that renews itself can live on one machine only: end the proxy here before the file is restored elsewhere.',
    );
  }
}

/** Takes up the accounts of such a file. @throws RotaError of kind `not-found`, `usage`, `store` */
export async function restoreAccounts(
  context: CliContext,
  file: string,
  options: ArchiveOptions,
): Promise<void> {
  const { records, terminal, clock, daemon } = context;
  const vault = await context.vault();
  const passphrase =
    options.passphraseFile === undefined
      ? await terminal.askSecret(`Passphrase of ${file}:`)
      : await readPassphrase(options.passphraseFile);
  const archive = await readArchive(resolve(file), passphrase);
  const restored = await restoreArchive({ vault, records, clock }, archive);
  await daemon.reload();
  for (const one of restored) terminal.out(`"${one.label}" (${one.provider}) ${WORDS[one.what]}`);
}

const WORDS: Readonly<Record<Restored['what'], string>> = {
  added: 'is added.',
  renewed: 'is renewed: what was here was older.',
  same: 'is here already.',
  'newer-here': 'stays as it is: what is here is newer than the file.',
};

async function newPassphrase({ terminal }: CliContext, { passphraseFile }: ArchiveOptions): Promise<Secret> {
  if (passphraseFile !== undefined) return readPassphrase(passphraseFile);
  const typed = await terminal.askSecret('A passphrase for the file:');
  if (typed.isEmpty) throw usage('The passphrase may not be empty.');
  if (!sameSecret(typed, await terminal.askSecret('The same once more:'))) {
    throw usage('The two passphrases are not the same: nothing was written.');
  }
  return typed;
}

function counted(count: number): string {
  return count === 1 ? '1 account is' : `${count} accounts are`;
}

import { tokenPrinter } from '../accounts/printed-token.ts';
import { serviceAccountLoginOf } from '../accounts/minted-token.ts';
import type { SignInProof } from '../accounts/sign-in-proof.ts';
import { RotaError } from '../failure.ts';
import { readServiceAccountFile } from '../oauth/service-account-file.ts';
import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';
import type { Addable } from './import.ts';
import { chooseProvider } from './login-provider.ts';
import { keepSignIn } from './login-keep.ts';
import { serviceAccountProof } from './login-service-account.ts';
import { plain } from './plain-text.ts';
import { usage } from './usage.ts';

/** As for a command that a person gives. */
const PRINTED_LIFETIME_MS = 300_000;

/**
 * Adds each as a sign-in would: tried first, with the provider's terms told. One that fails keeps no other.
 * @throws RotaError the first failure, once all were tried.
 */
export async function importFound(context: CliContext, found: readonly Addable[]): Promise<void> {
  const { terminal } = context;
  const vault = await context.vault();
  const failures: RotaError[] = [];
  for (const one of found) {
    try {
      const values = 'values' in one ? one.values : undefined;
      const { provider, endpoint } = await chooseProvider(context, one.provider, { ...values });
      const proof = await proofOf(context, provider, one);
      const label = one.kind === 'command' ? await freeLabelOf(context, one) : undefined;
      await keepSignIn(
        context,
        vault,
        { provider, proof, ...(label !== undefined && { label }) },
        { endpoint },
      );
    } catch (error) {
      if (!(error instanceof RotaError) || error.failure.kind === 'cancelled') throw error;
      terminal.note(`${plain(one.from)} (${one.provider}) was not added. ${error.failure.message}`);
      failures.push(error);
    }
  }
  await context.daemon.reload();
  const [first] = failures;
  if (first === undefined) return;
  throw new RotaError({
    ...first.failure,
    message: `${failures.length} of ${found.length} could not be added.`,
  });
}

async function proofOf(context: CliContext, provider: Provider, found: Addable): Promise<SignInProof> {
  const { clock, signal } = context;
  if (found.kind === 'none') return { kind: 'none' };
  if (found.kind === 'key') return { kind: 'key', key: found.key };
  if (found.kind === 'service-account') return keyFileProof(context, provider, found);
  const command = { kind: 'command' as const, argv: found.argv, lifetimeMs: PRINTED_LIFETIME_MS };
  const { secret } = await tokenPrinter(clock)(command, signal);
  return { kind: 'command', command, printed: secret };
}

async function keyFileProof(
  context: CliContext,
  provider: Provider,
  { keyFile, from }: Extract<Addable, { kind: 'service-account' }>,
): Promise<SignInProof> {
  const reading = readServiceAccountFile(keyFile);
  if (reading.kind === 'none') throw usage(`${plain(from)} ${reading.problem}`);
  const login = serviceAccountLoginOf(provider);
  if (login === undefined) throw usage(`${provider.label} takes no service accounts.`);
  return serviceAccountProof(context, login, reading.key);
}

/** A label that is taken is left to the account that has it. */
async function freeLabelOf(
  { records }: CliContext,
  { label }: Extract<Addable, { kind: 'command' }>,
): Promise<string | undefined> {
  const { accounts } = await records.read();
  return accounts.some((account) => account.label === label) ? undefined : label;
}

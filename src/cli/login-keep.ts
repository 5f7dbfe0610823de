import type { AccountSettings } from '../accounts/account-settings.ts';
import { addEndpoint } from '../accounts/endpoint-changes.ts';
import type { Endpoint } from '../accounts/records-content.ts';
import type { Records } from '../accounts/records.ts';
import type { SignedIn, SignInRequest } from '../accounts/sign-in.ts';
import { completeSignIn, foreseeSignIn } from '../accounts/sign-in.ts';
import type { Vault } from '../accounts/vault.ts';
import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';
import { settleTerms } from './login-terms.ts';

export interface Keeping {
  /** To be remembered together with the account. */
  readonly endpoint?: Endpoint | undefined;
  /** The answer to what the terms ask, where a flag gave it. */
  readonly switchOn429?: boolean | undefined;
  /** What else the person settled about the account. */
  readonly settings?: AccountSettings;
}

/**
 * Turns what somebody proved themselves with into an account, and says so: the terms are told first, then it is tried,
 * then kept.
 * @throws RotaError as `completeSignIn` does, and `cancelled`; nothing is kept by then.
 */
export async function keepSignIn(
  context: CliContext,
  vault: Vault,
  request: Omit<SignInRequest, 'signal' | 'settings'>,
  { endpoint, switchOn429, settings: settled = {} }: Keeping,
): Promise<SignedIn> {
  const cancellable = { ...request, signal: context.signal };
  const settings = { ...settled, ...(await settle(context, vault, cancellable, switchOn429)) };
  const signedIn = await complete(context, vault, { ...cancellable, settings }, endpoint);
  const { provider } = request;
  const { account, renewed, models } = signedIn;
  context.terminal.out(
    `${renewed ? 'Renewed' : 'Added'} "${account.label}" (${provider.label}): ${inWords(models, provider)}.`,
  );
  return signedIn;
}

async function settle(
  context: CliContext,
  vault: Vault,
  request: SignInRequest,
  answered: boolean | undefined,
): Promise<AccountSettings> {
  if (answered !== undefined) return { switchOn429: answered };
  const { records, clock } = context;
  const plan = await foreseeSignIn({ vault, records, clock }, request);
  return plan.kind === 'renew' ? {} : settleTerms(context, request.provider);
}

async function complete(
  { records, fetch, clock, userAgent, terminal, signal }: CliContext,
  vault: Vault,
  request: SignInRequest,
  endpoint: Endpoint | undefined,
): Promise<SignedIn> {
  const spinner = terminal.spin(`Asking ${request.provider.label} for its models …`);
  try {
    signal.throwIfAborted();
    const parts = { vault, records: withEndpoint(records, endpoint), fetch, clock, userAgent };
    return await completeSignIn(parts, request);
  } finally {
    spinner.stop();
  }
}

/** The endpoint is written together with its account: neither is there without the other. */
function withEndpoint(records: Records, endpoint: Endpoint | undefined): Records {
  if (endpoint === undefined) return records;
  return {
    ...records,
    change: (work) => records.change((content) => work(addEndpoint(content, endpoint))),
  };
}

function inWords(models: SignedIn['models'], { modelList }: Provider): string {
  if (models === undefined) {
    return `it has no model list at ${modelList?.url ?? 'its address'}, so only a first request will show whether the address and the key are right`;
  }
  return models.length === 1 ? '1 model' : `${models.length} models`;
}

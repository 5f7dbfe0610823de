import { accountLabelled } from '../accounts/account-lookup.ts';
import type { AccountSettings } from '../accounts/account-settings.ts';
import { checkSettings } from '../accounts/account-settings.ts';
import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';

export interface WayOutOptions {
  readonly label?: string;
  /** The address of a proxy; `none` for straight, `default` for what the environment says. */
  readonly egressProxy?: string;
}

export interface WayOut {
  /** Whose `fetch` goes that way. */
  readonly context: CliContext;
  /** What the account is to keep of it. */
  readonly settings: Pick<AccountSettings, 'egressProxy'>;
}

/**
 * The way out of a sign-in: the one that is asked for, else that of the account which it renews under its label. Whoever has
 * an account go through a proxy does not want its provider to see another address at the sign-in.
 * @throws RotaError of kind `usage` where it is none.
 */
export async function wayOutOf(
  context: CliContext,
  provider: Provider,
  { label, egressProxy }: WayOutOptions,
): Promise<WayOut> {
  const asked = egressProxy === 'default' ? null : egressProxy;
  const settings = asked === undefined ? {} : { egressProxy: asked };
  checkSettings(settings);
  const wanted = asked === undefined ? await presentWayOut(context, provider, label) : asked;
  if (wanted === undefined || wanted === null) return { context, settings };
  return { context: { ...context, fetch: context.fetchFor({ egressProxy: wanted }) }, settings };
}

async function presentWayOut(
  { records }: CliContext,
  provider: Provider,
  label: string | undefined,
): Promise<string | undefined> {
  if (label === undefined) return undefined;
  const account = accountLabelled((await records.read()).accounts, label.trim());
  return account?.provider === provider.id ? account.egressProxy : undefined;
}

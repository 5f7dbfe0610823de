import { RotaError } from '../failure.ts';
import type { OAuthClient, TokenLogin } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import { reservedClient } from '../providers/reserved-client.ts';
import { Secret } from '../secret.ts';
import type { CliContext } from './context.ts';
import { readSmallFile } from './small-file.ts';
import { refuseTogether, usage } from './usage.ts';

export interface ClientOptions {
  readonly clientId?: string;
  /** What the provider's console downloads. */
  readonly clientFile?: string;
}

/** The application by which to sign in: the provider's file or the settings name it, the person brought it, or is to be asked. */
export type ChosenClient =
  | { readonly kind: 'named' }
  | { readonly kind: 'brought'; readonly client: OAuthClient }
  | { readonly kind: 'asked' };

/**
 * @throws RotaError of kind `usage` where there is none and nobody can be asked, or the file is none; `sign-in` for one
 * that a vendor keeps for itself.
 */
export async function chooseClient(
  context: CliContext,
  provider: Provider,
  login: TokenLogin,
  { clientId, clientFile }: ClientOptions,
): Promise<ChosenClient> {
  refuseTogether({ '--client-id': clientId !== undefined, '--client-file': clientFile !== undefined });
  if (clientId !== undefined) return brought({ id: clientId });
  if (clientFile !== undefined) return brought(await clientIn(clientFile));
  if (login.clientId !== undefined || asksForNone(login)) return { kind: 'named' };
  const { clients } = await context.settings();
  const own = Object.hasOwn(clients, provider.id) ? clients[provider.id] : undefined;
  if (own !== undefined) return brought({ id: own });
  if (context.terminal.interactive) return { kind: 'asked' };
  throw usage(
    `${provider.label} signs in by an application that you have registered there: give its id with --client-id, ` +
      `the file that its console downloads with --client-file, or the setting "clients.${provider.id}".`,
  );
}

/** The login with its client, and what of it must be kept with the tokens. */
export async function withClient<Login extends TokenLogin>(
  { terminal }: CliContext,
  provider: Provider,
  login: Login,
  chosen: ChosenClient,
): Promise<{ readonly login: Login; readonly client?: OAuthClient }> {
  if (chosen.kind === 'named') return { login };
  const { client } =
    chosen.kind === 'brought'
      ? chosen
      : brought({
          id: await terminal.ask(`Client id of your own application at ${provider.label}:`),
        });
  const { id, secret } = client;
  return { login: { ...login, clientId: id, ...(secret !== undefined && { clientSecret: secret }) }, client };
}

function asksForNone(login: TokenLogin): boolean {
  return login.kind === 'authorization-code' && login.keyExchange !== undefined;
}

function brought(client: OAuthClient): Extract<ChosenClient, { kind: 'brought' }> {
  const id = client.id.trim();
  if (!/^[\x21-\x7e]+$/.test(id)) throw usage('A client id is one word of plain ASCII.');
  const refusal = reservedClient(id);
  if (refusal !== undefined) {
    throw new RotaError({ kind: 'sign-in', reason: 'unsupported', message: refusal });
  }
  return { kind: 'brought', client: { ...client, id } };
}

/** Google's console has the members below `installed`; others put them at the top. */
async function clientIn(path: string): Promise<OAuthClient> {
  const members = membersOf(await readSmallFile(path, '--client-file'));
  const { installed, web } = members;
  if (installed === undefined && web !== undefined) {
    throw usage(
      '--client-file: this is a client for a web server. Make one of the type "Desktop app" instead.',
    );
  }
  const inner: Readonly<Record<string, unknown>> =
    typeof installed === 'object' && installed !== null ? { ...installed } : members;
  const { client_id: id, client_secret: secret } = inner;
  if (typeof id !== 'string' || id === '') throw usage(`--client-file: there is no "client_id" in ${path}.`);
  return { id, ...(typeof secret === 'string' && secret !== '' && { secret: new Secret(secret) }) };
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

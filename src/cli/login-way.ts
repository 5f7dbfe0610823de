import type { CommandCredential } from '../accounts/credential.ts';
import type {
  ApiKeyLogin,
  AuthorizationCodeLogin,
  CommandLogin,
  DeviceCodeLogin,
  LoginMethod,
  ServiceAccountKey,
  ServiceAccountLogin,
} from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import { wordsOfCommand } from './command-line.ts';
import type { Terminal } from './terminal.ts';
import { refuseTogether, usage } from './usage.ts';

export interface WayOptions {
  readonly apiKey?: boolean;
  readonly apiKeyStdin?: boolean;
  /** `false` for `--no-key`. */
  readonly key: boolean;
  readonly device?: boolean;
  /** A command line that prints a token. */
  readonly command?: string;
  /** One of the provider's ways, by its kind. */
  readonly way?: string;
}

/** How this sign-in is to prove who it is. */
export type LoginWay =
  | { readonly kind: 'browser'; readonly login: AuthorizationCodeLogin }
  | { readonly kind: 'device'; readonly login: DeviceCodeLogin }
  | { readonly kind: 'command'; readonly command: CommandCredential }
  | { readonly kind: 'service-account'; readonly login: ServiceAccountLogin; readonly key: ServiceAccountKey }
  | { readonly kind: 'typed-key'; readonly login: ApiKeyLogin }
  | { readonly kind: 'piped-key' }
  | { readonly kind: 'none' };

/** A tool that caches its token may print one that has little time left. */
const PRINTED_LIFETIME_MS = 300_000;

/**
 * The way that the flags ask for; the first one that the provider has where they ask for none.
 * @param serviceAccount the key of one, where the flags named it.
 * @throws RotaError of kind `usage` where the provider does not take what the flags ask for, or nobody could type it.
 */
export function chooseLoginWay(
  terminal: Terminal,
  provider: Provider,
  options: WayOptions,
  serviceAccount?: ServiceAccountKey,
): LoginWay {
  const { apiKey = false, apiKeyStdin = false, key, device = false, command, way } = options;
  refuseTogether({
    '--api-key': apiKey,
    '--api-key-stdin': apiKeyStdin,
    '--no-key': !key,
    '--device': device,
    '--command': command !== undefined,
    '--service-account-file': serviceAccount !== undefined,
    '--way': way !== undefined && !(serviceAccount !== undefined && way === 'service-account'),
  });
  if (!key) {
    if (methodOf(provider, 'api-key')?.optional !== true) {
      throw usage(`--no-key: ${provider.label} cannot be used without a key.`);
    }
    return { kind: 'none' };
  }
  if (command !== undefined) return commandWay(provider, command);
  if (apiKey || apiKeyStdin) return keyWay(terminal, provider, apiKeyStdin);
  if (serviceAccount !== undefined) return serviceAccountWay(provider, serviceAccount);
  return wayOf(terminal, provider, wantedMethod(provider, device ? 'device-code' : way));
}

function wantedMethod(provider: Provider, kind: string | undefined): LoginMethod {
  const method = kind === undefined ? provider.login[0] : provider.login.find((one) => one.kind === kind);
  if (method !== undefined) return method;
  const kinds = [...new Set(provider.login.map((one) => one.kind))].join(', ');
  throw usage(`${provider.label} has no sign-in by "${kind ?? ''}"; it has: ${kinds}.`);
}

function wayOf(terminal: Terminal, provider: Provider, method: LoginMethod): LoginWay {
  switch (method.kind) {
    case 'authorization-code':
      return { kind: 'browser', login: method };
    case 'device-code':
      return { kind: 'device', login: method };
    case 'command':
      return { kind: 'command', command: credentialOf(method) };
    case 'service-account':
      throw usage(
        `${provider.label}: give the service account's key with --service-account-file, as its console downloads it.`,
      );
    case 'api-key':
      return keyWay(terminal, provider, false);
  }
}

function serviceAccountWay(provider: Provider, key: ServiceAccountKey): LoginWay {
  const login = methodOf(provider, 'service-account');
  if (login !== undefined) return { kind: 'service-account', login, key };
  throw usage(`${provider.label} takes no service accounts: sign in without --service-account-file.`);
}

function keyWay(terminal: Terminal, provider: Provider, isPiped: boolean): LoginWay {
  const login = methodOf(provider, 'api-key');
  if (login === undefined) throw usage(`${provider.label} takes no API key: sign in without that flag.`);
  if (isPiped) return { kind: 'piped-key' };
  if (!terminal.interactive) throw nobodyTypes(login);
  return { kind: 'typed-key', login };
}

/** Whoever takes keys takes one that a tool prints, for example a password manager's. */
function commandWay(provider: Provider, line: string): LoginWay {
  const named = methodOf(provider, 'command');
  if (named === undefined && methodOf(provider, 'api-key') === undefined) {
    throw usage(`${provider.label} takes no token that a command prints: sign in without --command.`);
  }
  const argv = wordsOfCommand(line);
  const { lifetimeMs } = named ?? {};
  return {
    kind: 'command',
    command: credentialOf({ kind: 'command', argv, ...(lifetimeMs !== undefined && { lifetimeMs }) }),
  };
}

function credentialOf({ argv, lifetimeMs = PRINTED_LIFETIME_MS }: CommandLogin): CommandCredential {
  return { kind: 'command', argv, lifetimeMs };
}

function methodOf<Kind extends LoginMethod['kind']>(
  { login }: Provider,
  kind: Kind,
): Extract<LoginMethod, { kind: Kind }> | undefined {
  return login.find((method): method is Extract<LoginMethod, { kind: Kind }> => method.kind === kind);
}

function nobodyTypes({ optional }: ApiKeyLogin): Error {
  const none = optional === true ? ', or say --no-key where it asks for none' : '';
  return usage(`Nobody can type a key here: pipe it in with --api-key-stdin${none}.`);
}

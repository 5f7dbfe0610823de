import type { SignInProof } from '../accounts/sign-in-proof.ts';
import type { ApiKeyLogin, AuthorizationCodeLogin } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import { Secret } from '../secret.ts';
import type { CliContext } from './context.ts';
import { signInWithBrowser } from './login-browser.ts';
import type { Terminal } from './terminal.ts';
import { refuseTogether, usage } from './usage.ts';

export interface ProofOptions {
  readonly apiKey?: boolean;
  readonly apiKeyStdin?: boolean;
  /** `false` for `--no-key`. */
  readonly key: boolean;
  /** `false` for `--no-browser`. */
  readonly browser: boolean;
  /** In seconds. */
  readonly timeout: number;
}

/** How this sign-in is to prove who it is. */
export type ProofWay =
  | { readonly kind: 'browser'; readonly login: AuthorizationCodeLogin }
  | { readonly kind: 'typed-key'; readonly login: ApiKeyLogin }
  | { readonly kind: 'piped-key' }
  | { readonly kind: 'none' };

/**
 * A sign-in where the provider has one, unless a key is asked for.
 * @throws RotaError of kind `usage` where the provider does not take what the flags ask for, or nobody could type it.
 */
export function chooseProofWay(terminal: Terminal, provider: Provider, options: ProofOptions): ProofWay {
  const { apiKey = false, apiKeyStdin = false, key } = options;
  refuseTogether({ '--api-key': apiKey, '--api-key-stdin': apiKeyStdin, '--no-key': !key });
  const signIn = provider.login.find(
    (method): method is AuthorizationCodeLogin => method.kind === 'authorization-code',
  );
  const keyLogin = provider.login.find((method): method is ApiKeyLogin => method.kind === 'api-key');
  if (!key) {
    if (keyLogin?.optional !== true) throw usage(`--no-key: ${provider.label} cannot be used without a key.`);
    return { kind: 'none' };
  }
  if (apiKey || apiKeyStdin || signIn === undefined) {
    if (keyLogin === undefined) throw usage(`${provider.label} takes no API key: sign in without that flag.`);
    if (apiKeyStdin) return { kind: 'piped-key' };
    if (!terminal.interactive) throw nobodyTypes(keyLogin);
    return { kind: 'typed-key', login: keyLogin };
  }
  return { kind: 'browser', login: signIn };
}

/** @throws RotaError of kind `sign-in`, `cancelled`, or `usage` where no key was given. */
export async function obtainProof(
  context: CliContext,
  provider: Provider,
  way: ProofWay,
  options: ProofOptions,
): Promise<SignInProof> {
  const { terminal } = context;
  switch (way.kind) {
    case 'none':
      return { kind: 'none' };
    case 'piped-key':
      return { kind: 'key', key: new Secret(await terminal.readStdin()) };
    case 'typed-key':
      return typedKey(terminal, provider, way.login);
    case 'browser': {
      const wanted = { browser: options.browser, timeoutMs: options.timeout * 1000 };
      return { kind: 'answer', answer: await signInWithBrowser(context, provider, way.login, wanted) };
    }
  }
}

async function typedKey(terminal: Terminal, provider: Provider, login: ApiKeyLogin): Promise<SignInProof> {
  if (login.page !== undefined) terminal.note(`Keys for ${provider.label} are made at ${login.page}`);
  const hint = login.optional === true ? ' (Enter where it asks for none)' : '';
  const key = await terminal.askSecret(`API key for ${provider.label}${hint}:`);
  return login.optional === true && key.isEmpty ? { kind: 'none' } : { kind: 'key', key };
}

function nobodyTypes({ optional }: ApiKeyLogin): Error {
  const none = optional === true ? ', or say --no-key where it asks for none' : '';
  return usage(`Nobody can type a key here: pipe it in with --api-key-stdin${none}.`);
}

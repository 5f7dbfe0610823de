import { tokenPrinter } from '../accounts/printed-token.ts';
import type { SignInProof } from '../accounts/sign-in-proof.ts';
import type { ApiKeyLogin, SignInAnswer, TokenLogin } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import { Secret } from '../secret.ts';
import type { CliContext } from './context.ts';
import { signInWithBrowser } from './login-browser.ts';
import type { BrowserOptions } from './login-browser.ts';
import { withClient } from './login-client.ts';
import type { ChosenClient } from './login-client.ts';
import { signInWithDevice } from './login-device.ts';
import { serviceAccountProof } from './login-service-account.ts';
import type { LoginWay } from './login-way.ts';
import type { Terminal } from './terminal.ts';

export interface ProofOptions {
  /** `false` for `--no-browser`. */
  readonly browser: boolean;
  /** In seconds. */
  readonly timeout: number;
}

/** @throws RotaError of kind `sign-in`, `refresh`, `cancelled`, or `usage` where no key was given. */
export async function obtainProof(
  context: CliContext,
  provider: Provider,
  way: LoginWay,
  chosen: ChosenClient,
  options: ProofOptions,
): Promise<SignInProof> {
  const { terminal } = context;
  const wanted: BrowserOptions = { browser: options.browser, timeoutMs: options.timeout * 1000 };
  switch (way.kind) {
    case 'none':
      return { kind: 'none' };
    case 'piped-key':
      return { kind: 'key', key: new Secret(await terminal.readStdin()) };
    case 'typed-key':
      return typedKey(terminal, provider, way.login);
    case 'command':
      return printedProof(context, way);
    case 'service-account':
      return serviceAccountProof(context, way.login, way.key);
    case 'browser':
      return tokenProof(context, provider, way.login, chosen, (login) =>
        signInWithBrowser(context, provider, login, wanted),
      );
    case 'device':
      return tokenProof(context, provider, way.login, chosen, (login) =>
        signInWithDevice(context, provider, login, wanted),
      );
  }
}

async function tokenProof<Login extends TokenLogin>(
  context: CliContext,
  provider: Provider,
  method: Login,
  chosen: ChosenClient,
  signIn: (login: Login) => Promise<SignInAnswer>,
): Promise<SignInProof> {
  const { login, client } = await withClient(context, provider, method, chosen);
  const answer = await signIn(login);
  return { kind: 'answer', answer, way: { login: login.kind, ...(client !== undefined && { client }) } };
}

async function printedProof(
  { terminal, clock, signal }: CliContext,
  { command }: Extract<LoginWay, { kind: 'command' }>,
): Promise<SignInProof> {
  const spinner = terminal.spin(`Running \`${command.argv.join(' ')}\` …`);
  try {
    const { secret } = await tokenPrinter(clock)(command, signal);
    return { kind: 'command', command, printed: secret };
  } finally {
    spinner.stop();
  }
}

async function typedKey(terminal: Terminal, provider: Provider, login: ApiKeyLogin): Promise<SignInProof> {
  if (login.page !== undefined) terminal.note(`Keys for ${provider.label} are made at ${login.page}`);
  const hint = login.optional === true ? ' (Enter where it asks for none)' : '';
  const key = await terminal.askSecret(`API key for ${provider.label}${hint}:`);
  return login.optional === true && key.isEmpty ? { kind: 'none' } : { kind: 'key', key };
}

import { beginAuthorization } from '../oauth/authorization-code.ts';
import type { AuthorizationCodeLogin, PendingSignIn, SignInAnswer } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';
import { minutesLeft } from './moment.ts';
import type { Terminal } from './terminal.ts';

export interface BrowserOptions {
  /** `false`: only print the address. */
  readonly browser: boolean;
  readonly timeoutMs: number;
}

const TICK_MS = 1000;

/**
 * Waits for a person to sign in with a browser: here, where the provider redirects to a port of this machine, or
 * elsewhere, where they paste what the browser ended with.
 * @throws RotaError of kind `sign-in` or `cancelled`; nothing listens any more by then.
 */
export async function signInWithBrowser(
  context: CliContext,
  provider: Provider,
  login: AuthorizationCodeLogin,
  options: BrowserOptions,
): Promise<SignInAnswer> {
  const { terminal, fetch, clock, signal } = context;
  const { timeoutMs } = options;
  const pending = await beginAuthorization(login, { fetch, clock, signal }, { timeoutMs });
  const endsAt = clock.now() + timeoutMs;
  const done = new AbortController();
  try {
    // Stdin that is no terminal may belong to whatever called this; with --no-browser it is meant for us.
    const pastes = terminal.interactive || !options.browser;
    const opened = await showAddress(terminal, provider, pending, options.browser);
    if (!opened) showOtherWay(terminal, pending, pastes);
    const reading = pastes ? takePastes(terminal, pending, done.signal) : Promise.resolve();
    const spinner = terminal.spin(waitingWords(timeoutMs));
    const timer = setInterval(() => spinner.text(waitingWords(endsAt - clock.now())), TICK_MS);
    try {
      return await pending.answer;
    } finally {
      clearInterval(timer);
      spinner.stop();
      done.abort();
      await reading;
    }
  } finally {
    pending.close();
  }
}

function waitingWords(leftMs: number): string {
  return `Waiting for the sign-in in the browser (${minutesLeft(leftMs)} left)`;
}

/**
 * The address comes first and whole, whatever a browser makes of it: it can be copied from a line of its own.
 * @returns whether a browser was (probably) opened.
 */
async function showAddress(
  terminal: Terminal,
  { label }: Provider,
  { url }: PendingSignIn,
  browser: boolean,
): Promise<boolean> {
  terminal.note(`To sign in to ${label}, open this address in a browser:`);
  terminal.note(url);
  if (!browser) return false;
  const problem = await terminal.openBrowser(url);
  if (problem !== undefined) terminal.note(`No browser was opened: ${problem}.`);
  return problem === undefined;
}

/** For a browser that is not on this machine, where the redirect would not arrive. */
function showOtherWay(terminal: Terminal, { codeUrl, redirectUri }: PendingSignIn, pastes: boolean): void {
  const { host, hostname, port } = new URL(redirectUri);
  const forward = `forward the port first: \`ssh -L ${port}:${hostname}:${port}\``;
  if (!pastes) return terminal.note(`With a browser on another machine, ${forward}.`);
  if (codeUrl !== undefined) {
    terminal.note(
      'With a browser on another machine, open this one instead, and paste the code that it shows:',
    );
    return terminal.note(codeUrl);
  }
  terminal.note(
    `With a browser on another machine, paste the address at which it ends (http://${host}/…), even where the page cannot be shown; or ${forward}.`,
  );
}

async function takePastes(terminal: Terminal, pending: PendingSignIn, done: AbortSignal): Promise<void> {
  for await (const line of terminal.lines(done)) {
    if (line.trim() === '') continue;
    const problem = pending.paste(line);
    if (problem !== undefined) terminal.note(problem);
  }
}

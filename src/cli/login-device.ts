import { beginDeviceAuthorization } from '../oauth/device-code.ts';
import type { PendingDevice } from '../oauth/device-code.ts';
import type { DeviceCodeLogin, SignInAnswer } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { CliContext } from './context.ts';
import type { BrowserOptions } from './login-browser.ts';
import { minutesLeft } from './moment.ts';
import type { Terminal } from './terminal.ts';

const TICK_MS = 1000;

/**
 * Waits for a person to enter a code in a browser, on this machine or on any other.
 * @throws RotaError of kind `sign-in` or `cancelled`; nothing is asked any more by then.
 */
export async function signInWithDevice(
  context: CliContext,
  provider: Provider,
  login: DeviceCodeLogin,
  { browser, timeoutMs }: BrowserOptions,
): Promise<SignInAnswer> {
  const { terminal, fetch, clock, signal } = context;
  const pending = await beginDeviceAuthorization(login, { fetch, clock, signal }, { timeoutMs });
  try {
    showCode(terminal, provider, pending);
    if (await terminal.copy(pending.userCode)) terminal.note('The code is in the clipboard, too.');
    if (browser) await open(terminal, pending);
    const spinner = terminal.spin(waitingWords(pending.expiresAt - clock.now()));
    const timer = setInterval(() => spinner.text(waitingWords(pending.expiresAt - clock.now())), TICK_MS);
    try {
      return await pending.answer;
    } finally {
      clearInterval(timer);
      spinner.stop();
    }
  } finally {
    pending.close();
  }
}

/** Code and address stand alone, where they are seen from across a desk and can be copied. */
function showCode(
  terminal: Terminal,
  { label }: Provider,
  { userCode, verificationUri }: PendingDevice,
): void {
  const rule = '─'.repeat(userCode.length + 4);
  terminal.note(`To sign in to ${label}, open this address in a browser, on any machine:`);
  terminal.note('');
  terminal.note(`    ${verificationUri}`);
  terminal.note('');
  terminal.note('and enter this code:');
  terminal.note('');
  if (!terminal.plain) terminal.note(`    ┌${rule}┐`);
  terminal.note(terminal.plain ? `    ${userCode}` : `    │  ${userCode}  │`);
  if (!terminal.plain) terminal.note(`    └${rule}┘`);
  terminal.note('');
  // Whoever sends others a code of their own would be signed in as them (RFC 8628 §5.4).
  terminal.note(
    `Enter it only where the page is at ${new URL(verificationUri).host}, and never a code that somebody sent you.`,
  );
}

async function open(terminal: Terminal, pending: PendingDevice): Promise<void> {
  const problem = await terminal.openBrowser(pending.verificationUriComplete ?? pending.verificationUri);
  terminal.note(
    problem === undefined
      ? 'It was opened in the browser: see that the page shows the same code.'
      : `No browser was opened here: ${problem}.`,
  );
}

function waitingWords(leftMs: number): string {
  return `Waiting for the code to be entered (${minutesLeft(leftMs)} left)`;
}

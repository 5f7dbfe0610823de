import { RotaError } from '../failure.ts';
import type { CliContext } from './context.ts';
import { importAccounts } from './import.ts';
import { askForLogin } from './login-choice.ts';
import { login } from './login.ts';
import type { LoginOptions } from './login.ts';

/**
 * A sign-in without words: asks which and how, and goes on for as long as the person wants to add more.
 * @throws RotaError as {@link login} does, with what was added before kept.
 */
export async function loginAsked(context: CliContext, options: LoginOptions): Promise<void> {
  // What else was said is about one account.
  const { browser, timeout } = options;
  let wanted = options;
  do {
    const asked = await askForLogin(context, wanted);
    if (asked.kind === 'import') await importAccounts(context, undefined, {});
    else await login(context, asked.name, asked.options);
    wanted = { key: true, browser, timeout };
  } while (await wantsMore(context));
}

/** Ctrl-C is no failure here: all that was asked for is done. */
async function wantsMore({ terminal }: CliContext): Promise<boolean> {
  try {
    return await terminal.confirm('Add another account?');
  } catch (error) {
    if (error instanceof RotaError && error.failure.kind === 'cancelled') return false;
    throw error;
  }
}

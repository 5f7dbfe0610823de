import { RotaError } from '../failure.ts';
import { isTerminal } from './output-process.ts';
import { Secret } from '../secret.ts';
import type { Choice } from './terminal.ts';
import type { TerminalProcess } from './terminal-process.ts';

/** @throws RotaError of kind `cancelled` on Ctrl-C, `usage` where nobody can type. */
export async function askSecret(surroundings: TerminalProcess, question: string): Promise<Secret> {
  const { password } = await import('@clack/prompts');
  const typed = await prompt(surroundings, question, (options) =>
    password({ message: question, ...options }),
  );
  return new Secret(typed ?? '');
}

/** A word that is shown while it is typed. */
export async function ask(surroundings: TerminalProcess, question: string): Promise<string> {
  const { text } = await import('@clack/prompts');
  const typed = await prompt(surroundings, question, (options) =>
    text({
      message: question,
      validate: (answer) => ((answer ?? '').trim() === '' ? 'Type something.' : undefined),
      ...options,
    }),
  );
  return (typed ?? '').trim();
}

/** One of several, found by its letters or with the arrows. */
export async function choose(
  surroundings: TerminalProcess,
  question: string,
  choices: readonly Choice[],
): Promise<string> {
  const { autocomplete } = await import('@clack/prompts');
  const chosen = await prompt(surroundings, question, (options) =>
    autocomplete({
      message: question,
      maxItems: 10,
      options: choices.map(({ value, label, hint }) => ({
        value,
        label,
        ...(hint !== undefined && { hint }),
      })),
      ...options,
    }),
  );
  return chosen ?? '';
}

/** Asks until it is told yes or no: no answer is given by pressing Enter alone. */
export async function confirm(surroundings: TerminalProcess, question: string): Promise<boolean> {
  const { text } = await import('@clack/prompts');
  const typed = await prompt(surroundings, question, (options) =>
    text({
      message: question,
      placeholder: 'yes or no',
      validate: (answer) => (answerIn(answer) === undefined ? 'Type yes or no.' : undefined),
      ...options,
    }),
  );
  return answerIn(typed) === true;
}

function answerIn(typed: string | undefined): boolean | undefined {
  const word = (typed ?? '').trim().toLowerCase();
  if (['y', 'yes'].includes(word)) return true;
  return ['n', 'no'].includes(word) ? false : undefined;
}

interface PromptOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  readonly withGuide: false;
}

/** A symbol stands for Ctrl-C, and for a signal that ended the prompt. */
type Ask = (options: PromptOptions) => Promise<string | symbol | undefined>;

async function prompt(
  surroundings: TerminalProcess,
  question: string,
  ask: Ask,
): Promise<string | undefined> {
  const { stdin, stderr } = surroundings;
  if (!isTerminal(stdin) || !isTerminal(stderr)) {
    const message = `Nobody can be asked here: "${question}" needs a terminal.`;
    throw new RotaError({ kind: 'usage', message });
  }
  const end = new AbortController();
  const onSignal = (): void => end.abort();
  surroundings.once('SIGTERM', onSignal);
  surroundings.once('SIGINT', onSignal);
  try {
    const answer = await ask({ input: stdin, output: stderr, signal: end.signal, withGuide: false });
    if (typeof answer !== 'symbol') return answer;
    throw new RotaError({ kind: 'cancelled', message: 'Cancelled.' });
  } finally {
    surroundings.off('SIGTERM', onSignal);
    surroundings.off('SIGINT', onSignal);
  }
}

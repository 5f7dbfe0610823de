import { usage } from './usage.ts';

/** What a shell would act on. There is none here, and a person who writes one of these expects it. */
const OPERATOR = /^(?:\||\|\||&&?|;|>{1,2}|<)$/;

/**
 * The words of a command line: blanks part them, quotes of either kind keep blanks. Nothing else has a meaning, since
 * it is run without a shell.
 * @throws RotaError of kind `usage` where a quote is left open, or something only a shell could do.
 */
export function wordsOfCommand(line: string): readonly string[] {
  const words: string[] = [];
  // A word is a run of unquoted characters and quoted parts, without a blank outside of quotes.
  const pattern = /\s*((?:[^\s"']+|"[^"]*"|'[^']*')+)(?=\s|$)/gy;
  const trimmed = line.trim();
  while (pattern.lastIndex < trimmed.length) {
    const [, written] = pattern.exec(trimmed) ?? [];
    if (written === undefined) throw usage('--command: a quote is left open.');
    if (OPERATOR.test(written) || /^(?:\$\(|`)/.test(written)) {
      throw usage(
        `--command: "${written}" needs a shell, and the command is run without one. Put it into a script, and name that.`,
      );
    }
    words.push(
      written.replaceAll(
        /"([^"]*)"|'([^']*)'/g,
        (_, double?: string, single?: string) => double ?? single ?? '',
      ),
    );
  }
  if (words[0] === undefined || words[0] === '')
    throw usage('--command: name the program that prints a token.');
  return words;
}

import type { CommanderError } from 'commander';
import { plain } from './plain-text.ts';

/** Asked for, and shown: not an error. */
const SHOWN: ReadonlySet<string> = new Set(['commander.helpDisplayed', 'commander.version']);

export function isShown(error: CommanderError): boolean {
  return error.exitCode === 0 || SHOWN.has(error.code);
}

/** What is wrong with the words of a command, as one sentence with the way on. Values are left out: one may be a key. */
export function commanderWords(error: CommanderError, help: string): string {
  const [first = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const what = plain(first)
    .replace(/'(--?[^'=]+)=[^']*'/, "'$1'")
    .replace(/\.$/, '');
  const meant = /\(Did you mean (.*)\?\)/.exec(hint)?.[1];
  const way = meant === undefined ? `See \`${help}\`.` : `Did you mean ${meant}?`;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}. ${way}`;
}

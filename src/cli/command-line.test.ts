import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/rig/accounts.ts';
import { wordsOfCommand } from './command-line.ts';

describe('the words of a command line', () => {
  it.each<[string, readonly string[]]>([
    ['gcloud auth print-access-token', ['gcloud', 'auth', 'print-access-token']],
    ['  az   account\tget-access-token ', ['az', 'account', 'get-access-token']],
    [`tool --name 'two words' "and more"`, ['tool', '--name', 'two words', 'and more']],
    [`tool --scope="a b"c`, ['tool', '--scope=a bc']],
    [`tool '' "it's"`, ['tool', '', "it's"]],
    [String.raw`C:\tools\az.cmd x`, [String.raw`C:\tools\az.cmd`, 'x']],
    ['tool $HOME *', ['tool', '$HOME', '*']],
    [`tool '|' ">"`, ['tool', '|', '>']],
  ])('of %s', (line, words) => {
    expect(wordsOfCommand(line)).toEqual(words);
  });

  it.each([
    ['', 'name the program'],
    ['   ', 'name the program'],
    [`''`, 'name the program'],
    [`tool 'open`, 'a quote is left open'],
    ['tool | head', 'run without one'],
    ['tool && other', 'run without one'],
    ['tool > file', 'run without one'],
    ['tool $(id)', 'run without one'],
    ['tool `id`', 'run without one'],
  ])('refuses %j', async (line, words) => {
    const failure = await failureOf(() => wordsOfCommand(line));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(words);
  });
});

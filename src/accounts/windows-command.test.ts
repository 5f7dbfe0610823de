import { describe, expect, it } from 'vitest';
import { windowsInvocation } from './windows-command.ts';

const AZ = String.raw`C:\Program Files\Azure CLI\wbin\az.cmd`;
const files = new Set([
  AZ,
  String.raw`C:\tools\ant.EXE`,
  String.raw`C:\tools\both.EXE`,
  String.raw`C:\tools\both.CMD`,
]);
const env = {
  Path: String.raw`.;relative;C:\tools;C:\Program Files\Azure CLI\wbin`,
  PATHEXT: '.COM;.EXE;.BAT;.CMD;.cmd',
  ComSpec: String.raw`C:\Windows\system32\cmd.exe`,
};
const invoke = (...argv: readonly string[]) =>
  windowsInvocation(argv, { env, isFile: (path) => files.has(path) });
const lineOf = (...argv: readonly string[]) => {
  const invocation = invoke(...argv);
  return typeof invocation === 'object' ? invocation.words.at(-1) : invocation;
};

describe('a program on Windows', () => {
  it('is started as it is where it is one', () => {
    const file = String.raw`C:\tools\ant.EXE`;
    const words = ['auth', 'a & b', '100%'];
    expect(invoke('ant', ...words)).toEqual({ file, words, verbatim: false });
    expect(invoke('ant.EXE')).toMatchObject({ file });
    expect(invoke(String.raw`C:\tools\ant`)).toMatchObject({ file });
  });

  it('is started by the command interpreter where it is a batch file, each word in quotes', () => {
    const words = ['account', 'get-access-token', '--scope', 'https://ai.azure.com/.default'];
    expect(invoke('az', ...words)).toEqual({
      file: env.ComSpec,
      words: [
        '/d',
        '/s',
        '/v:off',
        '/c',
        `""${AZ}" "account" "get-access-token" "--scope" "https://ai.azure.com/.default""`,
      ],
      verbatim: true,
    });
  });

  it.each([
    ['a & calc', `"a & calc"`],
    ['>out|more^', `">out|more^"`],
    ['', `""`],
    [String.raw`C:\folder\ `.trim(), String.raw`"C:\folder\\"`],
  ])('has %j as one word, whatever it would mean there', (word, written) => {
    expect(lineOf('az', word)).toBe(`""${AZ}" ${written}"`);
  });

  it.each(['"', 'a"&calc&"', '%PATH%', 'a\nb', 'a\rb'])('is not handed %j, which no quotes hold', (word) => {
    expect(invoke('az', word)).toBe('unquotable');
  });

  it('is the first on the path, in the order of its endings, and never one of the current folder', () => {
    expect(invoke('both')).toMatchObject({ file: String.raw`C:\tools\both.EXE` });
    const here = windowsInvocation(['az'], { env: { Path: '.;relative' }, isFile: () => true });
    expect(here).toBeUndefined();
    expect(invoke('absent')).toBeUndefined();
  });
});

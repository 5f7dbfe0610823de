import { win32 } from 'node:path';

/** What `spawn` is to be told. */
export interface Invocation {
  readonly file: string;
  readonly words: readonly string[];
  /** The words are a command line already, and are to be left as they are. */
  readonly verbatim: boolean;
}

export interface WindowsSurroundings {
  /** Names as the system has them; Windows does not tell their cases apart. */
  readonly env: Readonly<Record<string, string | undefined>>;
  isFile(path: string): boolean;
}

/** What could not be said to the command interpreter without being taken for something else, however it is quoted. */
const UNQUOTABLE = /["%\r\n]/;

/**
 * How a program is started on Windows, where vendors' tools are often batch files (`az.cmd`, `gcloud.cmd`): Node starts these by
 * the command interpreter alone, and finds a program only under its whole name. The current folder is not searched, unlike there.
 * `unquotable`: a word cannot be handed to a batch file as it is. `undefined`: there is no such program.
 */
export function windowsInvocation(
  [program = '', ...words]: readonly string[],
  surroundings: WindowsSurroundings,
): Invocation | 'unquotable' | undefined {
  const file = candidatesFor(program, surroundings.env).find((path) => surroundings.isFile(path));
  if (file === undefined) return undefined;
  if (!/\.(?:cmd|bat)$/i.test(file)) return { file, words, verbatim: false };
  if ([file, ...words].some((word) => UNQUOTABLE.test(word))) return 'unquotable';
  const line = [file, ...words].map(quoted).join(' ');
  // The outer quotes are taken away by /s, and nothing else; /d leaves out what the registry would run first.
  const interpreter = surroundings.env['ComSpec'] ?? 'cmd.exe';
  return { file: interpreter, words: ['/d', '/s', '/v:off', '/c', `"${line}"`], verbatim: true };
}

function candidatesFor(program: string, env: WindowsSurroundings['env']): readonly string[] {
  const endings = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';').filter((ending) => ending !== '');
  const hasEnding = endings.some((ending) => program.toLowerCase().endsWith(ending.toLowerCase()));
  const names = hasEnding ? [program] : endings.map((ending) => program + ending);
  if (/[\\/]/.test(program)) return names;
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(';').filter((folder) => win32.isAbsolute(folder));
  return folders.flatMap((folder) => names.map((name) => win32.join(folder, name)));
}

/** Backslashes before the closing quote would make it a part of the word. */
function quoted(word: string): string {
  return `"${word.replace(/\\+$/, '$&$&')}"`;
}

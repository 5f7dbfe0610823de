import type { Secret } from '../secret.ts';

/** Where a command's words go and a person's come from. One for the process; another for tests. */
export interface Terminal {
  /** A person reads stderr and can type. */
  readonly interactive: boolean;
  /** Colour may be used on the stream that is written to. */
  readonly colour: boolean;
  /** Frames and animations say nothing to whoever reads this. */
  readonly plain: boolean;
  readonly columns: number;
  /** A line on stdout: the command's result, for people and scripts. */
  out(line: string): void;
  /** A line on stderr: progress, notices, questions. */
  note(line: string): void;
  /** A spinner on stderr while something lasts; plain lines where nobody watches. */
  spin(text: string): Spinner;
  /** Asks for a secret without showing it. @throws RotaError `cancelled` on Ctrl-C, `usage` where nobody can type */
  askSecret(question: string): Promise<Secret>;
  /** Asks for a word, which is shown. @throws as {@link Terminal.askSecret} */
  ask(question: string): Promise<string>;
  /** Lets a person choose one of several. @throws as {@link Terminal.askSecret} */
  choose(question: string, choices: readonly Choice[]): Promise<string>;
  /** Asks yes or no, without a default answer. */
  confirm(question: string): Promise<boolean>;
  /** Lines that a person types or pastes while something else is awaited; ends when `signal` aborts. */
  lines(signal: AbortSignal): AsyncIterable<string>;
  /** All of stdin, for `--api-key-stdin`; bounded. */
  readStdin(): Promise<string>;
  /**
   * Opens the system's browser. Resolves to why it could not, in a few words; `undefined` where it (probably) did.
   * Where there is plainly none (SSH_CONNECTION, no display) it does not try.
   */
  openBrowser(url: string): Promise<string | undefined>;
  /** Puts a text into the clipboard, where a person watches and the machine has one. Resolves to whether it did. */
  copy(text: string): Promise<boolean>;
  /**
   * Resolves once what was written has left. A reader that went away (`proxy accounts | head -1`) is no failure.
   * @throws RotaError of kind `internal` where stdout could not take it, for example because the disk is full.
   */
  finish(): Promise<void>;
}

export interface Choice {
  /** What {@link Terminal.choose} gives back. */
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export interface Spinner {
  text(text: string): void;
  succeed(text: string): void;
  fail(text: string): void;
  /** Ends it without a word. */
  stop(): void;
}

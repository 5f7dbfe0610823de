import { on } from 'node:events';
import type { Interface } from 'node:readline';
import { createInterface, emitKeypressEvents } from 'node:readline';
import { RotaError } from '../failure.ts';
import type { SpinnerBench } from './spinner-process.ts';
import type { TerminalProcess } from './terminal-process.ts';

/** Longer than any key. */
const MAX_STDIN_BYTES = 64 * 1024;

/**
 * Lines that a person types while a spinner turns: it goes away with the first letter and comes back with the line's
 * end. Read in raw mode, since in the terminal's own line mode a long address would be cut off (at 1024 characters on
 * macOS); so Ctrl-C comes as a key, and is handed to whoever listens for the signal.
 */
export async function* interactiveLines(
  surroundings: TerminalProcess,
  spinners: SpinnerBench,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { stdin, stderr } = surroundings;
  let resume: (() => void) | undefined;
  const typed = (): void => {
    resume?.();
    resume = undefined;
  };
  const onKey = (): void => {
    resume ??= spinners.pause();
    setImmediate(() => {
      if (reader.line === '') typed();
    });
  };
  emitKeypressEvents(stdin);
  // Before the reader's own listener, which shows the letter.
  stdin.on('keypress', onKey);
  const reader = createInterface({
    input: stdin,
    output: stderr,
    terminal: true,
    prompt: '',
    historySize: 0,
  });
  reader.on('SIGINT', () => surroundings.emit('SIGINT'));
  try {
    yield* linesOf(reader, signal);
  } finally {
    stdin.off('keypress', onKey);
    reader.close();
    typed();
  }
}

/** Lines of a pipe or a file; none any more where it has ended. */
export async function* pipedLines(stdin: NodeJS.ReadStream, signal: AbortSignal): AsyncGenerator<string> {
  const reader = createInterface({ input: stdin, terminal: false, crlfDelay: Infinity });
  try {
    yield* linesOf(reader, signal);
  } finally {
    reader.close();
    // A pipe that stays open must not keep the process alive; a file has no such thing.
    stdin.unref?.();
  }
}

async function* linesOf(reader: Interface, signal: AbortSignal): AsyncGenerator<string> {
  if (signal.aborted) return;
  try {
    for await (const [line] of on(reader, 'line', { signal, close: ['close'] })) yield String(line);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** @throws RotaError of kind `usage` where it is too much to be a key. */
export async function readBounded(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.byteLength;
    if (sizeBytes > MAX_STDIN_BYTES) {
      throw new RotaError({ kind: 'usage', message: 'Stdin holds more than a key: pipe in nothing else.' });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

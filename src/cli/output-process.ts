import { RotaError } from '../failure.ts';

export interface LineOutput {
  line(text: string): void;
  /** @throws RotaError of kind `internal` where something that was written could not leave. */
  flush(): Promise<void>;
}

/** Lines to one of the process's streams. Once its reader has gone away, further ones are dropped without a word. */
export function outputTo(stream: NodeJS.WriteStream): LineOutput {
  let gone = false;
  let problem: string | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    gone = true;
    // The reader has what it wanted: `proxy accounts | head -1`.
    if (error.code !== 'EPIPE') problem = error.code ?? error.message;
  });
  return {
    line(text) {
      if (!gone) stream.write(`${text}\n`);
    },
    async flush() {
      if (!gone) {
        await new Promise<void>((resolve) => {
          stream.write('', () => resolve());
        });
      }
      if (problem === undefined) return;
      throw new RotaError({ kind: 'internal', message: `The output could not be written (${problem}).` });
    },
  };
}

/** no-color.org: set and not empty, whatever its value. */
export function usesColour(env: NodeJS.ProcessEnv): boolean {
  return (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Node leaves the member out where it is not so, whatever its types say. */
export function isTerminal({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true;
}

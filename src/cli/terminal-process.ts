import { ask, askSecret, choose, confirm } from './prompts-process.ts';
import { openBrowser } from './browser-process.ts';
import { copyText } from './clipboard-process.ts';
import { interactiveLines, pipedLines, readBounded } from './lines-process.ts';
import { isTerminal, outputTo, usesColour } from './output-process.ts';
import { spinnerBench } from './spinner-process.ts';
import type { Terminal } from './terminal.ts';

/** The part of `process` that a terminal is made of. */
export interface TerminalProcess extends NodeJS.EventEmitter {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/** The process's own terminal. What only prompts and browsers need is loaded when they are needed. */
export function processTerminal(surroundings: TerminalProcess): Terminal {
  const { stdin, stdout, stderr, env } = surroundings;
  const interactive = isTerminal(stdin) && isTerminal(stderr);
  const output = outputTo(stdout);
  const notes = outputTo(stderr);
  const spinners = spinnerBench(stderr, env, (line) => notes.line(line));
  const quietly = async <T>(work: () => Promise<T>): Promise<T> => {
    const resume = spinners.pause();
    try {
      return await work();
    } finally {
      resume();
    }
  };
  return {
    interactive,
    colour: isTerminal(stdout) && usesColour(env),
    plain: env['TERM'] === 'dumb',
    columns: isTerminal(stdout) && stdout.columns > 0 ? stdout.columns : Number.POSITIVE_INFINITY,
    out(line) {
      const resume = spinners.pause();
      output.line(line);
      resume();
    },
    note(line) {
      const resume = spinners.pause();
      notes.line(line);
      resume();
    },
    spin: (text) => spinners.spin(text),
    askSecret: (question) => quietly(() => askSecret(surroundings, question)),
    ask: (question) => quietly(() => ask(surroundings, question)),
    choose: (question, choices) => quietly(() => choose(surroundings, question, choices)),
    confirm: (question) => quietly(() => confirm(surroundings, question)),
    lines: (signal) =>
      interactive ? interactiveLines(surroundings, spinners, signal) : pipedLines(stdin, signal),
    readStdin: () => readBounded(stdin),
    openBrowser: (url) => openBrowser(url, surroundings),
    copy: async (text) => interactive && copyText(text, surroundings),
    async finish() {
      await notes.flush();
      await output.flush();
    },
  };
}

import type { LogSink } from './logger.ts';
import { humanRender, renderJson } from './render.ts';
import type { Render } from './render.ts';

/** The part of a writable stream that the log needs; `process.stderr` is one. */
export interface LogStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface StderrLog {
  readonly sink: LogSink;
  readonly render: Render;
}

/**
 * Lines for people on a terminal, JSON for programs anywhere else. Colour is for terminals alone, and not where
 * `NO_COLOR` has any value (no-color.org) or `TERM` is `dumb`.
 *
 * Listens to the stream's errors from now on: a reader that went away (EPIPE) ends the log, not the program.
 */
export function stderrLog(stream: LogStream, env: Readonly<Record<string, string | undefined>>): StderrLog {
  const terminal = stream.isTTY === true;
  const colour = terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return { sink: lineSink(stream), render: terminal ? humanRender({ colour }) : renderJson };
}

function lineSink(stream: LogStream): LogSink {
  let open = true;
  const onError = (error: unknown) => {
    // Another error may pass, such as EAGAIN of a pipe that is full for the moment.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') open = false;
  };
  stream.on('error', onError);
  return (line) => {
    if (!open) return;
    try {
      stream.write(`${line}\n`);
    } catch (error) {
      onError(error);
    }
  };
}

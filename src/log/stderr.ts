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
  let waiting = '';
  const flush = () => {
    const text = waiting;
    waiting = '';
    if (!open || text === '') return;
    try {
      stream.write(text);
    } catch (error) {
      onError(error);
    }
  };
  return (line, level) => {
    if (!open) return;
    // A write to a file or a terminal stops the whole program for a moment: lines of many requests go out together, once
    // in each turn of the event loop. What is grave must not be lost to a crash that follows it.
    if (waiting === '' && (level === 'info' || level === 'debug')) setImmediate(flush);
    waiting += `${line}\n`;
    if (level === 'error' || level === 'warn') flush();
  };
}

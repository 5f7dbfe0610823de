import type { Clock } from '../clock.ts';
import { plainFields, plainText } from './fields.ts';
import type { LogFields } from './fields.ts';
import { passes } from './level.ts';
import type { LogLevel, LogThreshold } from './level.ts';
import type { Render } from './render.ts';

/** Writes lines of the program's log. Never throws, whatever it is given. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** Whether such a line would be written: asked first where its fields are costly to gather. */
  enabled(level: LogLevel): boolean;
}

/** Takes one line, without its end. How grave it is may decide how soon it is written. */
export type LogSink = (line: string, level: LogLevel) => void;

export interface LoggerParts {
  readonly threshold: LogThreshold;
  readonly render: Render;
  readonly sink: LogSink;
  readonly clock: Clock;
}

/** A logger that scrubs and bounds what it writes. A level that is off costs one call of an empty function. */
export function createLogger({ threshold, render, sink, clock }: LoggerParts): Logger {
  const options = { stacks: passes('debug', threshold) };
  const writer = (level: LogLevel) => {
    if (!passes(level, threshold)) return nothing;
    return (message: string, fields: LogFields = {}) => {
      const plain = printable(fields, options);
      sink(render({ at: clock.now(), level, message: plainText(message), fields: plain }), level);
    };
  };
  return {
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    enabled: (level) => passes(level, threshold),
  };
}

/** For tests and for commands that write no log. */
export const silentLogger: Logger = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  enabled: () => false,
};

function printable(fields: LogFields, options: Parameters<typeof plainFields>[1]) {
  try {
    return plainFields(fields, options);
  } catch {
    // A getter that throws, in the fields themselves.
    return { fields: '[unprintable]' };
  }
}

function nothing(): void {}

import { RotaError } from '../failure.ts';

/** How grave a line is, gravest first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** What is written: lines of this level and all graver ones, or none. */
export type LogThreshold = LogLevel | 'silent';

const RANKS: Readonly<Record<LogThreshold, number>> = { silent: 0, error: 1, warn: 2, info: 3, debug: 4 };

/** Whether a line of this level is written. */
export function passes(level: LogLevel, threshold: LogThreshold): boolean {
  return RANKS[level] <= RANKS[threshold];
}

/**
 * Reads the value of `ROTA_LOG`; `info` where it is unset or empty.
 *
 * @throws {RotaError} of kind `settings` that names the right values.
 */
export function logThreshold(value: string | undefined): LogThreshold {
  if (value === undefined || value === '') return 'info';
  const word = value.toLowerCase();
  if (isThreshold(word)) return word;
  const right = Object.keys(RANKS).join(', ');
  throw new RotaError({
    kind: 'settings',
    key: 'ROTA_LOG',
    message: `ROTA_LOG does not name a level; set it to one of ${right}, or leave it out for info.`,
  });
}

function isThreshold(word: string): word is LogThreshold {
  return Object.hasOwn(RANKS, word);
}

import { RotaError } from '../failure.ts';

/** The words of a command were off: exit code 2. */
export function usage(message: string): RotaError {
  return new RotaError({ kind: 'usage', message });
}

/**
 * A number as the value of an option.
 * @throws RotaError of kind `usage` that names the option.
 */
export function numberOf(value: string, flag: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) return number;
  throw usage(`${flag} takes a number, and "${value}" is none.`);
}

/** A whole number between two others, both included. */
export function wholeNumberOf(value: string, flag: string, least: number, most: number): number {
  const number = numberOf(value, flag);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw usage(`${flag} takes a whole number from ${least} to ${most}, and "${value}" is none.`);
}

/** @throws RotaError of kind `usage` where more than one of the flags was given. */
export function refuseTogether(flags: Readonly<Record<string, boolean>>): void {
  const given = Object.keys(flags).filter((flag) => flags[flag] === true);
  if (given.length > 1) throw usage(`${given.join(' and ')} cannot be used together.`);
}

import type { Outcome, OutcomeKind, Scope } from '../outcome.ts';
import type { Wait } from './hints.ts';
import type { Refusal } from './refusal.ts';

/** What a row of a table concludes; status and detail are added for all alike. */
export type Verdict = Pick<Outcome, 'kind' | 'scope' | 'waitMs' | 'waitFrom'>;

/** One signal and what it means. Tables are read from the top; the first row that matches decides. */
export interface SignalRow {
  readonly name: string;
  matches(answer: Refusal): boolean;
  outcome(answer: Refusal): Verdict;
}

/** A row whose verdict is the same whenever it matches. */
export function row(
  name: string,
  matches: (answer: Refusal) => boolean,
  kind: OutcomeKind,
  scope: Scope,
): SignalRow {
  return { name, matches, outcome: () => ({ kind, scope }) };
}

/** A verdict with the wait that the answer asked for, where it asked for one. */
export function withWait(kind: OutcomeKind, scope: Scope, wait: Wait | undefined): Verdict {
  return { kind, scope, ...wait };
}

export function hasCode(answer: Refusal, code: RegExp): boolean {
  return answer.error.codes.some((candidate) => code.test(candidate));
}

export function ofStatus(...statuses: readonly number[]): (answer: Refusal) => boolean {
  return (answer) => statuses.includes(answer.status);
}

/** Any refusal for which the provider holds the caller's side responsible. */
export function isClientError({ status }: Refusal): boolean {
  return status >= 400 && status < 500;
}

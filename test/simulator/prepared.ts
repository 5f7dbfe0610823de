import type { IncomingMessage } from 'node:http';
import type { Account } from './accounts.ts';
import type { AnswerOptions } from './behaviour.ts';
import type { Delivery } from './delivery.ts';
import { planTurn } from './plan.ts';
import type { Route } from './routes.ts';

/** The three answers that an account gives when nothing special is asked for, made once. */
export interface Prepared {
  readonly whole: Delivery;
  readonly stream: Delivery;
  readonly streamWithUsage: Delivery;
}

export function prepare(
  route: Route,
  account: Account,
  usual: AnswerOptions,
  model: string,
  nowMs: number,
): Prepared | undefined {
  const { dialect, vendor } = route;
  if (dialect === undefined) return undefined;
  const plan = (stream: boolean, includeUsage: boolean): Delivery =>
    planTurn({
      vendor,
      dialect,
      request: { model, stream, includeUsage, lastUserText: '' },
      speaker: { label: account.label, serial: 0, createdSeconds: Math.floor(nowMs / 1000) },
      usual: account.options.answer ?? usual,
      headers: {},
    });
  return { whole: plan(false, false), stream: plan(true, false), streamWithUsage: plan(true, true) };
}

/**
 * Drains a body and says which prepared answer it asks for, without parsing it. `stream` and `stream_options` have
 * to stand whole in the first or the last piece that the socket gives (64 KB).
 */
export function skim(request: IncomingMessage, then: (form: keyof Prepared) => void): void {
  let first: Buffer | undefined;
  let last: Buffer | undefined;
  request.on('data', (piece: Buffer) => {
    if (first === undefined) first = piece;
    else last = piece;
  });
  request.on('end', () => {
    const says = (pattern: RegExp): boolean =>
      [first, last].some((piece) => piece !== undefined && pattern.test(piece.toString('latin1')));
    if (!says(/"stream"\s*:\s*true/u)) then('whole');
    else then(says(/"include_usage"\s*:\s*true/u) ? 'streamWithUsage' : 'stream');
  });
}

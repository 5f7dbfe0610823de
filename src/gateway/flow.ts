import type { Outcome } from '../outcome.ts';
import { statusOfErrorBody } from '../providers/error-object.ts';
import type { HeaderFields } from '../upstream/client.ts';
import type { AttemptResult, AttemptSpec, HeldAnswer } from './attempt.ts';
import type { Writer } from './writer.ts';

/** Beyond this an answer is no longer held back: it is handed on as it comes. */
export const MAX_HELD_BYTES = 4 * 1024 * 1024;

/** What the readers of the different kinds of answer share. */
export interface Flow extends Pick<
  AttemptSpec,
  'protocol' | 'carrier' | 'inArray' | 'reply' | 'model' | 'now' | 'classify'
> {
  /** Begins the client's answer, with our own headers beside the upstream's: the commit point. */
  begin(status: number, headers: readonly string[]): void;
  settle(result: AttemptResult): void;
  fail(outcome: Outcome, held?: HeldAnswer): void;
  writer(): Writer;
  /** The answer is whole: the upstream's connection is closed, where it still is open. */
  letGo(): void;
  /** Does what no call of the upstream's does, so that nobody else would notice if it threw. */
  guard(work: () => void): void;
}

/** Takes an answer's bytes as they come. */
export interface Reader {
  data(chunk: Buffer): void;
  end(): void;
  /** The connection broke, or fell silent. */
  cut(outcome: Outcome): void;
  /** The attempt is over. */
  stop?(): void;
}

/** Beyond this an answer that has to be whole to be understood is given up. */
export const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/**
 * A whole answer, and the attempt's end.
 * @param said the upstream's own words
 */
export function deliver(
  flow: Flow,
  { status, headers, body }: HeldAnswer,
  said: Buffer,
  answerId: string | undefined,
): void {
  const usage = flow.protocol.usageOf(said.toString('latin1'));
  flow.begin(status, [...headers, 'content-length', String(body.length)]);
  flow.reply.end(body);
  flow.settle({
    kind: 'delivered',
    status,
    ...(answerId === undefined ? {} : { answerId }),
    ...(usage ? { usage } : {}),
  });
}

export function emptyAnswer(status: number): Outcome {
  return { kind: 'empty', scope: 'request', status, detail: 'an answer without content' };
}

/** An error in the place of an answer, inside a 200: should it be handed through, then under the status that it stands for. */
export function failWithError(flow: Flow, body: string, headers: HeaderFields): void {
  const json = { 'content-type': 'application/json' };
  const array = flow.inArray ? flow.protocol.inArray : undefined;
  const told = Buffer.from(array?.wrapError(body) ?? body);
  flow.fail(standIn(flow, body, headers), flow.carrier.refusal(statusOfErrorBody(body), json, told));
}

/** An error inside a 200 counts as the status that it stands for. */
export function standIn(flow: Flow, body: string, headers: HeaderFields): Outcome {
  return classify(flow, statusOfErrorBody(body), headers, body);
}

export function classify(flow: Flow, status: number, headers: HeaderFields, body: string): Outcome {
  const single = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  return flow.classify({ status, headers: single, body, model: flow.model, now: flow.now() });
}

import type { Failure } from '../../failure.ts';
import { isRecord, parseJson } from '../json-value.ts';
import { encodeOpenAiFailure } from '../openai-failure.ts';
import type { StreamSoFar } from '../protocol.ts';
import { responseObject } from './response-object.ts';

export const encodeFailure = encodeOpenAiFailure;

/**
 * A `response.failed`, which all its clients take for the end. It repeats what the stream's first event said of the
 * response, and goes on in its numbering.
 */
export function encodeStreamFailure(failure: Failure, { first, tail }: StreamSoFar): Buffer {
  const error = { code: 'server_error', message: failure.message };
  const response = { ...begun(first), status: 'failed', error, incomplete_details: null };
  const event = { type: 'response.failed', sequence_number: nextNumber(tail), response };
  return Buffer.from(`event: response.failed\ndata: ${JSON.stringify(event)}\n\n`);
}

/** With every member that the vendor's types require, also where the stream has not said them. */
function begun(first: string | undefined): object {
  const event = first === undefined ? undefined : parseJson(first);
  const said = isRecord(event) && isRecord(event.response) ? event.response : {};
  const unsaid = { id: 'resp_unknown', createdAtS: 0, model: '', status: 'failed', output: [] } as const;
  return { ...responseObject(unsaid), ...said };
}

function nextNumber(tail: Buffer): number {
  const numbers = [...tail.toString('latin1').matchAll(/"sequence_number"\s*:\s*(\d+)/g)];
  return Number(numbers.at(-1)?.[1] ?? -1) + 1;
}

/**
 * The code is what its clients go by: most are worth another try, an overload that is named so ends one of them for good.
 * The wait of a limit they read from its words, as the vendor has them.
 */
export function encodeErrorBody(body: string, retryAfter?: string): Buffer {
  const parsed = parseJson(body);
  const error = isRecord(parsed) && isRecord(parsed.error) ? parsed.error : {};
  const words = typeof error.message === 'string' ? error.message : body.slice(0, 2000);
  const told = typeof error.code === 'string' ? error.code : 'server_error';
  const code = told === 'server_is_overloaded' ? 'server_error' : told;
  const isTimed = code === 'rate_limit_exceeded' && /^\d+$/.test(retryAfter ?? '');
  const message = isTimed ? `${words} Please try again in ${retryAfter}s.` : words;
  const response = {
    ...begun(undefined),
    status: 'failed',
    error: { code, message },
    incomplete_details: null,
  };
  const event = { type: 'response.failed', sequence_number: 0, response };
  return Buffer.from(`event: response.failed\ndata: ${JSON.stringify(event)}\n\n`);
}

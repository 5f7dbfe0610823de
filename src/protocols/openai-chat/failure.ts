import { oneLine } from '../keep-alive.ts';
import type { Failure } from '../../failure.ts';
import { encodeOpenAiFailure, errorObject } from '../openai-failure.ts';

export const encodeFailure = encodeOpenAiFailure;

export function encodeStreamFailure(failure: Failure): Buffer {
  return Buffer.from(`data: ${JSON.stringify(errorObject(failure))}\n\n`);
}

export function encodeErrorBody(body: string): Buffer {
  return Buffer.from(
    `data: ${oneLine(body, (message) => ({ error: { message, type: 'server_error' } }))}\n\n`,
  );
}

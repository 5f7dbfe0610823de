import type { Translator } from '../translator.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeFailure, encodeFailure } from './answer-failure.ts';
import { factsOf } from './model-facts.ts';
import { protocolName } from './wire-name.ts';

/** Anthropic Messages. */
export const anthropicMessagesTranslator: Translator = {
  name: protocolName,
  factsOf,
  decodeRequest,
  encodeRequest,
  decodeStream,
  encodeStream,
  decodeResponse,
  encodeResponse,
  decodeFailure,
  encodeFailure,
};

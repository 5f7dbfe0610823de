import { decodeAnswerFailure, encodeAnswerFailure } from '../openai-answer-failure.ts';
import type { Translator } from '../translator.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { factsOf } from '../openai-model-facts.ts';
import { protocolName } from './wire-name.ts';

/** OpenAI Responses. */
export const responsesTranslator: Translator = {
  name: protocolName,
  factsOf,
  decodeRequest,
  encodeRequest,
  decodeStream,
  encodeStream,
  decodeResponse,
  encodeResponse,
  decodeFailure: decodeAnswerFailure,
  encodeFailure: encodeAnswerFailure,
};

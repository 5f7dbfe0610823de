import { encodeOpenAiModel, encodeOpenAiModelList } from '../openai-models.ts';
import type { Protocol } from '../protocol.ts';
import { usageTold } from '../told-usage.ts';
import { answerId } from './answer-id.ts';
import { keepAliveComment } from '../keep-alive.ts';
import { encodeErrorBody, encodeFailure, encodeStreamFailure } from './failure.ts';
import { withoutForeignState } from './foreign-state.ts';
import { mendEnd } from './mend-end.ts';
import { opening, peek, withModel } from './request.ts';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';
import { decodeUsage } from './usage.ts';

/** OpenAI Responses (platform.openai.com/docs/api-reference/responses). */
export const openaiResponses: Protocol = {
  name: 'openai-responses',
  path: () => '/responses',
  requestHeaders: ['openai-beta', 'http-referer', 'x-title', 'x-openrouter-title'],
  peek,
  withModel,
  withoutForeignState,
  opening,
  meaningOfEvent,
  meaningOfBody,
  endingOf,
  usageOf: (text) => usageTold(text, 'usage', decodeUsage),
  answerId,
  mendEnd,
  encodeFailure,
  encodeStreamFailure,
  keepAlive: keepAliveComment,
  encodeErrorBody,
  encodeModel: encodeOpenAiModel,
  encodeModelList: encodeOpenAiModelList,
};

/** Its endpoint that only counts. */
export const responsesCounting: Protocol = {
  ...openaiResponses,
  path: () => '/responses/input_tokens',
  peek: (body) => ({ ...peek(body), isCount: true }),
  encodeCount: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
};

/** Its endpoint that shortens a conversation: an answer like any other. */
export const responsesCompacting: Protocol = { ...openaiResponses, path: () => '/responses/compact' };

import { encodeOpenAiModel, encodeOpenAiModelList } from '../openai-models.ts';
import type { Protocol } from '../protocol.ts';
import { usageTold } from '../told-usage.ts';
import { keepAliveComment } from '../keep-alive.ts';
import { encodeErrorBody, encodeFailure, encodeStreamFailure } from './failure.ts';
import { withoutForeignState } from './foreign-state.ts';
import { opening, peek, withModel } from './request.ts';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';
import { decodeUsage } from './usage.ts';

/** OpenAI Chat Completions. */
export const openaiChat: Protocol = {
  name: 'openai-chat',
  path: () => '/chat/completions',
  // Not `openai-organization` and `openai-project`: they belong to a key, and the client's key is ours.
  requestHeaders: ['openai-beta', 'http-referer', 'x-title', 'x-openrouter-title'],
  peek,
  withModel,
  withoutForeignState,
  opening,
  meaningOfEvent,
  meaningOfBody,
  endingOf,
  usageOf: (text) => usageTold(text, 'usage', decodeUsage),
  encodeFailure,
  encodeStreamFailure,
  keepAlive: keepAliveComment,
  encodeErrorBody,
  encodeModel: encodeOpenAiModel,
  encodeModelList: encodeOpenAiModelList,
};

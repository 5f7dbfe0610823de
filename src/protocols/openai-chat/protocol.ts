import type { Protocol } from '../protocol.ts';
import { encodeFailure, encodeStreamFailure } from './failure.ts';
import { opening, peek, withModel } from './request.ts';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';

/** OpenAI Chat Completions. */
export const openaiChat: Protocol = {
  name: 'openai-chat',
  path: '/chat/completions',
  peek,
  withModel,
  opening,
  meaningOfEvent,
  meaningOfBody,
  endingOf,
  encodeFailure,
  encodeStreamFailure,
};

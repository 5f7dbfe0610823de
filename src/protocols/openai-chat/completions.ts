import { readModel, readStream, scanBody } from '../body.ts';
import type { Peek, Protocol } from '../protocol.ts';
import { openaiChat } from './protocol.ts';

/**
 * OpenAI's older endpoint for bare texts, which editors still complete code with
 * (platform.openai.com/docs/api-reference/completions). Each text stands for itself: there is no conversation.
 */
export const openaiCompletions: Protocol = {
  ...openaiChat,
  path: () => '/completions',
  peek,
  opening: () => undefined,
};

export function peek(body: Buffer): Peek {
  const members = scanBody(body, ['model'], ['stream']);
  const model = readModel(body, members);
  const stream = readStream(body, members);
  return { ...(model ? { model } : {}), ...(stream === undefined ? {} : { stream }) };
}

import type { ChatRequest } from '../../src/chat/request.ts';

/** The least that can be asked; tests say what they are about beside it. */
export const plainRequest: ChatRequest = {
  turns: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  sampling: {},
  stopSequences: [],
  extras: [],
  stream: false,
};

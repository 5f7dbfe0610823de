import { describe, expect, it } from 'vitest';
import { translatorOf } from './translators.ts';

const openAi = (message: string, more: object = {}) => JSON.stringify({ error: { message, ...more } });

/** Assistants make a conversation shorter where they read these words, and give up where they do not. */
const understood: Readonly<Record<string, RegExp>> = {
  chat: /"code":"context_length_exceeded"/,
  responses: /"code":"context_length_exceeded"/,
  messages: /"message":"prompt is too long/i,
  gemini: /exceeds the maximum number of tokens/,
};

const said: readonly (readonly [upstream: string, status: number, body: string])[] = [
  [
    'messages',
    400,
    openAi('prompt is too long: 210000 tokens > 200000 maximum', { type: 'invalid_request_error' }),
  ],
  ['messages', 400, openAi('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000')],
  ['chat', 400, openAi('Please reduce the length of the messages.', { code: 'context_length_exceeded' })],
  [
    'chat',
    400,
    openAi("This endpoint's maximum context length is 131072 tokens. You requested 140000.", { code: 400 }),
  ],
  [
    'chat',
    400,
    openAi("This model's maximum prompt length is 131072 but the request contains 140000 tokens."),
  ],
  ['chat', 400, openAi('the request exceeds the available context size, try increasing it', { code: 400 })],
  [
    'chat',
    400,
    JSON.stringify({
      object: 'error',
      message: "This model's maximum context length is 8192 tokens.",
      code: 400,
    }),
  ],
  ['responses', 400, openAi('Your input exceeds the context window of this model.', { code: null })],
  [
    'gemini',
    400,
    openAi('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', {
      code: 400,
      status: 'INVALID_ARGUMENT',
    }),
  ],
];

describe.each(Object.entries(understood))('a client of %s', (client, words) => {
  it.each(said)('understands that a conversation is too long for %s (%i %s)', (upstream, status, body) => {
    const failure = translatorOf(upstream).decodeFailure(status, body);
    const told = translatorOf(client).encodeFailure(failure);
    expect(told.status).toBe(400);
    expect(told.body).toMatch(words);
  });

  it.each(['chat', 'responses', 'messages', 'gemini'])(
    'is not told so of what %s finds otherwise wrong',
    (upstream) => {
      const other = openAi("'context' is no member of this request. Its maximum is 5.", { code: 400 });
      const failure = translatorOf(upstream).decodeFailure(400, other);
      expect(translatorOf(client).encodeFailure(failure).body).not.toMatch(words);
    },
  );
});

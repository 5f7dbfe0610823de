import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer, type ChatAnswer } from '../../src/chat/answer.ts';
import type { ChatEvent } from '../../src/chat/event.ts';
import type { SaidToken } from '../../src/chat/logprobs.ts';
import type { ChatRequest } from '../../src/chat/request.ts';
import { RotaError } from '../../src/failure.ts';
import { contextOf, runAll } from './translate.ts';
import { translatorOf } from './translators.ts';

const names = ['chat', 'responses', 'gemini'] as const;
const pairs = names.flatMap((client) => names.map((upstream) => [client, upstream] as const));

const likely = fc.record({
  token: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
  logprob: fc.integer({ min: -9, max: 0 }),
});
const said = fc
  .tuple(likely, fc.array(likely, { maxLength: 3 }))
  .map(([token, others]): SaidToken => ({ ...token, others }));
/** An answer that comes in pieces, each with its tokens. */
const pieces = fc.array(fc.array(said, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });

function eventsOf(told: readonly (readonly SaidToken[])[]): readonly ChatEvent[] {
  return [
    { type: 'message-start' },
    { type: 'text-start', index: 0 },
    ...told.map((logprobs): ChatEvent => ({
      type: 'text-delta',
      index: 0,
      text: logprobs.map(({ token }) => token).join(''),
      logprobs,
    })),
    { type: 'text-end', index: 0 },
    { type: 'finish', reason: 'end' },
  ];
}

function tokensOf({ parts }: ChatAnswer): readonly unknown[] {
  const withoutBytes = ({ token, logprob }: { token: string; logprob: number }) => ({ token, logprob });
  return parts
    .flatMap((part) => (part.type === 'text' ? (part.logprobs ?? []) : []))
    .map((token) => ({ ...withoutBytes(token), others: token.others.map(withoutBytes) }));
}

const asked: Readonly<Record<string, { readonly path: string; readonly body: object }>> = {
  chat: { path: '', body: { messages: [{ role: 'user', content: 'hi' }], logprobs: true, top_logprobs: 3 } },
  responses: { path: '', body: { input: 'hi', top_logprobs: 3, include: ['message.output_text.logprobs'] } },
  gemini: {
    path: '/v1beta/models/m:generateContent',
    body: {
      contents: [{ parts: [{ text: 'hi' }] }],
      generationConfig: { responseLogprobs: true, logprobs: 3 },
    },
  },
};
const wish: Readonly<Record<string, object>> = {
  chat: { logprobs: true, top_logprobs: 3 },
  responses: { top_logprobs: 3, include: ['message.output_text.logprobs'] },
  gemini: { generationConfig: { responseLogprobs: true, logprobs: 3 } },
};

function read(client: string, more: object = {}): ChatRequest {
  const { path, body } = asked[client] ?? { path: '', body: {} };
  return translatorOf(client).decodeRequest(JSON.stringify({ ...body, ...more }), path);
}

describe.each(pairs)('how likely each token was, for a client of %s over %s', (client, upstream) => {
  it('is asked for', () => {
    const encoded = translatorOf(upstream).encodeRequest(read(client), {
      model: 'm',
      reasoningState: 'foreign',
    });
    expect([JSON.parse(encoded.body), encoded.dropped]).toMatchObject([wish[upstream] ?? {}, []]);
  });

  it('comes over, streamed and whole', () => {
    fc.assert(
      fc.property(pieces, (told) => {
        const context = contextOf(read(client));
        const sent = runAll(translatorOf(upstream).encodeStream(context), eventsOf(told));
        const arrived = runAll(
          translatorOf(upstream).decodeStream(),
          sent.map(({ data }) => data),
        );
        const written = runAll(translatorOf(client).encodeStream(context), arrived);
        const streamed = runAll(
          translatorOf(client).decodeStream(),
          written.map(({ data }) => data),
        );
        const whole = translatorOf(client).decodeResponse(
          translatorOf(client).encodeResponse(arrived, context).body,
        );
        expect(tokensOf(foldAnswer(streamed))).toEqual(told.flat());
        expect(tokensOf(foldAnswer(whole))).toEqual(told.flat());
      }),
      { numRuns: 30 },
    );
  });
});

describe('is refused, in the client’s own word,', () => {
  it.each([
    ['chat', 'logprobs'],
    ['responses', 'top_logprobs'],
    ['gemini', 'responseLogprobs'],
  ])('for a client of %s where the upstream has nothing of the kind', (client, param) => {
    const encode = () =>
      translatorOf('messages').encodeRequest(read(client), { model: 'm', reasoningState: 'foreign' });
    expect(encode).toThrowError(RotaError);
    expect(encode).toThrowError(`'${param}'`);
  });

  it('where the text is cut on this side', () => {
    const encode = () =>
      translatorOf('responses').encodeRequest(read('chat', { stop: 'END' }), {
        model: 'm',
        reasoningState: 'foreign',
      });
    expect(encode).toThrowError("'logprobs'");
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { anthropicCounting, anthropicMessages } from './anthropic-messages/protocol.ts';
import { gemini } from './gemini/protocol.ts';
import { openaiCompletions } from './openai-chat/completions.ts';
import { openaiEmbeddings } from './openai-chat/embeddings.ts';
import { openaiChat } from './openai-chat/protocol.ts';
import { openaiResponses } from './openai-responses/protocol.ts';

const protocols = [
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
  anthropicMessages,
  anthropicCounting,
  gemini,
];

/** Pieces that bodies and events of all protocols are made of, in any order. */
const pieces = fc.constantFrom(
  ...'{}[],:" \n\\'.split(''),
  '"type":',
  '"error":{}',
  '"error":',
  '"model":"m"',
  '"messages":[{"role":"user"}]',
  '"system":[{}]',
  '"metadata":{"user_id":1}',
  '"input":[null]',
  '"conversation":{}',
  '"previous_response_id":"r"',
  '"contents":[{"parts":[1]}]',
  '"candidates":[null,{"content":{"parts":[null]},"finishReason":1}]',
  '"choices":[{"delta":null}]',
  '"content_block_start"',
  '"message_delta"',
  '"message_stop"',
  '"response.completed"',
  '"response.failed"',
  '"response":{"id":1}',
  '"output":[1]',
  '"object":"response"',
  'data: ',
  'event: ',
  'null',
  '1',
);
const noise = fc.oneof(
  fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
  fc.array(pieces, { maxLength: 14 }).map((parts) => `{${parts.join('')}}`),
  fc.array(pieces, { maxLength: 6 }).map((parts) => `data: {${parts.join()}}\n\n`),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const address = fc.record({
  rest: fc.oneof(fc.constant('m:generateContent'), fc.string({ maxLength: 30 })),
  query: fc.oneof(fc.constant('alt=sse'), fc.constant('%'), fc.string({ maxLength: 30 })),
});

/** What a call throws but for a failure of the request. */
function faultOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    const isOfRequest =
      error instanceof RotaError && ['invalid-request', 'not-found'].includes(error.failure.kind);
    return isOfRequest ? undefined : error;
  }
}

describe.each(protocols)('whatever a client or an upstream sends ($name)', (protocol) => {
  it('a request is refused in words, and nothing else is thrown', () => {
    const rule = fc.property(noise, address, (text, asked) => {
      const body = Buffer.from(text);
      expect(faultOf(() => protocol.peek(body, asked))).toBeUndefined();
      expect(faultOf(() => protocol.opening(body))).toBeUndefined();
      expect(faultOf(() => protocol.path(asked, 'm'))).toBeUndefined();
    });
    fc.assert(rule, { numRuns: 1500 });
  });

  it('an answer means something, and an end is one or none', () => {
    const kinds = ['none', 'content', 'empty', 'error'];
    const rule = fc.property(noise, (text) => {
      const bytes = Buffer.from(text);
      expect(kinds).toContain(protocol.meaningOfEvent(text).kind);
      expect(kinds).toContain(protocol.meaningOfBody(bytes).kind);
      for (const form of [protocol, ...(protocol.inArray ? [protocol.inArray] : [])]) {
        expect(typeof form.endingOf(bytes).finished).toBe('boolean');
        const failure = { kind: 'broken-stream', message: text } as const;
        expect(form.encodeStreamFailure(failure, { first: text, tail: bytes }).length).toBeGreaterThan(0);
      }
      protocol.answerId?.ofEvent(text);
      protocol.answerId?.ofBody(bytes);
    });
    fc.assert(rule, { numRuns: 1500 });
  });
});

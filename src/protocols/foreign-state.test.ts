import { describe, expect, it } from 'vitest';
import { sealState } from '../chat/envelope.ts';
import { anthropicMessages } from './anthropic-messages/protocol.ts';
import { gemini } from './gemini/protocol.ts';
import { openaiChat } from './openai-chat/protocol.ts';
import { openaiResponses } from './openai-responses/protocol.ts';
import type { Protocol } from './protocol.ts';

const sealed = sealState({ source: 'elsewhere', blocks: [{ signature: 'abc' }] });
const own = 'EqQBCkYIBxgCKkDnativeSignature==';
const made = 'req1ef87c6f00001';

interface Case {
  readonly name: string;
  readonly protocol: Protocol;
  readonly model: string;
  readonly before: object;
  /** The same where nothing has to go. */
  readonly after: object;
}

const inMessages = (...content: object[]) => ({ max_tokens: 9, messages: [{ role: 'assistant', content }] });
const text = { type: 'text', text: 'hi' };
const thinking = (signature: string) => ({ type: 'thinking', thinking: 'hm', signature });
const messages = (name: string, before: object, after: object, model = 'claude-opus-5-5'): Case => ({
  name,
  protocol: anthropicMessages,
  model,
  before,
  after,
});

const inInput = (...input: object[]) => ({ model: 'm', input });
const responses = (name: string, before: object, after: object): Case => ({
  name,
  protocol: openaiResponses,
  model: 'gpt-5.5',
  before,
  after,
});
const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };

const inContents = (...parts: object[]) => ({ contents: [{ role: 'model', parts }], generationConfig: {} });
const contents = (name: string, before: object, after: object): Case => ({
  name,
  protocol: gemini,
  model: 'gemini-3.8-flash',
  before,
  after,
});
const functionCall = { name: 'f', args: {} };

const inCalls = (more: object) => ({
  messages: [{ role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', ...more }] }],
});
const chat = (name: string, before: object, after: object): Case => ({
  name,
  protocol: openaiChat,
  model: 'gpt-5.5',
  before,
  after,
});
const extra = (thought_signature: string) => ({ extra_content: { google: { thought_signature } } });

const cases: readonly Case[] = [
  messages('a signature', inMessages(thinking(sealed), text), inMessages(text)),
  messages(
    'redacted thinking',
    inMessages({ type: 'redacted_thinking', data: sealed }, text),
    inMessages(text),
  ),
  messages('thinking without a signature', inMessages(thinking(''), text), inMessages(text)),
  messages(
    'all that a message held',
    { messages: [{ role: 'user', content: 'a' }, ...inMessages(thinking(sealed)).messages] },
    { messages: [{ role: 'user', content: 'a' }] },
  ),
  responses(
    'encrypted content',
    inInput({ type: 'reasoning', summary: [], encrypted_content: sealed }, call),
    inInput(call),
  ),
  responses(
    'reasoning without state in an answer that we wrote',
    inInput({ type: 'reasoning', id: `rs_${made}_0`, summary: [], encrypted_content: null }, call),
    inInput(call),
  ),
  responses('the id of an item that we wrote', inInput({ ...call, id: `fc_${made}_1` }), inInput(call)),
  contents(
    'the signature of a call',
    inContents({ functionCall, thoughtSignature: sealed }),
    inContents({ functionCall, thoughtSignature: 'skip_thought_signature_validator' }),
  ),
  contents(
    'the signature of a text, in its other spelling',
    inContents({ text: 'hi', thought_signature: sealed }),
    inContents({ text: 'hi' }),
  ),
  chat('the signature beside a call', inCalls(extra(sealed)), inCalls({})),
];

const untouched: readonly Case[] = [
  messages('its own thinking', inMessages(thinking(own), text), {}),
  messages('thinking of a server that signs nothing', inMessages(thinking(''), text), {}, 'glm-5'),
  messages('words about it', { messages: [{ role: 'user', content: sealed }] }, {}),
  responses(
    'its own reasoning',
    inInput({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: own }, { ...call, id: 'fc_1' }),
    {},
  ),
  responses(
    'reasoning that the provider keeps',
    inInput({ type: 'reasoning', id: 'rs_0a1b', summary: [], encrypted_content: null }),
    {},
  ),
  responses('an input that is a text', { model: 'm', input: sealed }, {}),
  contents('its own signature', inContents({ functionCall, thoughtSignature: own }), {}),
  chat('its own signature', inCalls(extra(own)), {}),
];

describe('a body that goes to an account of the same protocol', () => {
  it.each(cases)('$protocol.name goes without $name of another', ({ protocol, model, before, after }) => {
    const body = Buffer.from(JSON.stringify({ ...before, seed: 1 }));
    const cleaned = protocol.withoutForeignState(body, model);
    expect(cleaned.toString()).toBe(JSON.stringify({ ...after, seed: 1 }));
  });

  it.each(untouched)('$protocol.name keeps $name, byte for byte', ({ protocol, model, before }) => {
    const body = Buffer.from(JSON.stringify(before, undefined, 2));
    expect(protocol.withoutForeignState(body, model)).toBe(body);
  });

  it.each([anthropicMessages, openaiResponses, gemini, openaiChat])(
    '$name keeps what is no JSON, and every digit of what is',
    (protocol) => {
      const broken = Buffer.from(`{"messages":"${sealed}`);
      expect(protocol.withoutForeignState(broken, 'claude')).toBe(broken);
      const [one] = cases.filter((other) => other.protocol === protocol);
      const body = JSON.stringify({ ...one?.before, id: 'ID' }).replace('"ID"', '12345678901234567890');
      const cleaned = protocol.withoutForeignState(Buffer.from(body), one?.model ?? '').toString();
      expect(cleaned).not.toBe(body);
      expect(cleaned).toContain(':12345678901234567890');
    },
  );
});

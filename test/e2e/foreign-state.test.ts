import { expect, test } from 'vitest';
import { sealState } from '../../src/chat/envelope.ts';
import { chat, gemini, messages, relayStage, responses } from './relay-scene.ts';
import { generations } from './scene.ts';

const sealed = sealState({ source: 'elsewhere', blocks: [{ signature: 'abc' }] });
const functionCall = { name: 'f', args: {} };
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };

/** A turn that an account of another protocol had answered, with what it left for the next. */
const told = [
  {
    of: chat,
    more: {
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ ...call, extra_content: { google: { thought_signature: sealed } } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'done' },
      ],
    },
  },
  {
    of: messages,
    more: {
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: sealed },
            { type: 'text', text: 'Hi' },
          ],
        },
        { role: 'user', content: 'Go on' },
      ],
    },
  },
  {
    of: responses,
    more: {
      input: [
        { role: 'user', content: 'Hello' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: sealed },
        { role: 'assistant', content: 'Hi' },
        { role: 'user', content: 'Go on' },
      ],
    },
  },
  {
    of: gemini,
    more: {
      contents: [
        { role: 'user', parts: [{ text: 'Hello' }] },
        { role: 'model', parts: [{ functionCall, thoughtSignature: sealed }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'done' } } }] },
      ],
    },
  },
];

test.each(told)(
  'an account of $of.name is not sent what one of another protocol left behind',
  async ({ of, more }) => {
    const scene = await relayStage();
    const body = JSON.stringify({ ...of.body(false), ...more });
    const seen = await scene.ask(of, { body });
    expect([seen.status, seen.headers['x-rota-dropped']], seen.text).toEqual([200, 'reasoning in history']);
    const sent = generations(scene.simulator).at(-1)?.body ?? '';
    expect(sent).not.toContain(sealed);
    expect(sent).toContain('Hello');
  },
);

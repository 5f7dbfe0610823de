import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../src/chat/answer.ts';
import { eventsOf } from '../../src/chat/events-of.ts';
import type { ChatEvent } from '../../src/chat/event.ts';
import type { ChatRequest } from '../../src/chat/request.ts';
import { parseBody } from '../../src/protocols/json-value.ts';
import { answer } from './arbitrary.ts';
import { plainRequest } from './plain-request.ts';
import { contextOf, runAll } from './translate.ts';
import { pairs, translatorOf, translators } from './translators.ts';

/** What trips up translators, and no fixture happens to hold. */

const names = [...translators.keys()];
const asked: ChatRequest = { ...plainRequest, stream: true };

function encode(upstream: string, request: Partial<ChatRequest>): Record<string, unknown> {
  const { body } = translatorOf(upstream).encodeRequest(
    { ...asked, ...request },
    { model: 'm', reasoningState: 'foreign' },
  );
  return JSON.parse(body) as Record<string, unknown>;
}

/** All members of a value, however deep, with their names. */
function members(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap((entry) => [entry, ...members(entry[1])]);
}

describe.each(names)('a request to %s', (upstream) => {
  it('holds no empty text, message or part', () => {
    const empty = { type: 'text', text: '' } as const;
    const call = { type: 'tool-call', id: 'call_1', name: 'f', kind: 'function', input: '' } as const;
    const result = { type: 'tool-result', callId: 'call_1', isError: false } as const;
    const body = encode(upstream, {
      turns: [
        { role: 'system', rank: 'system', parts: [empty] },
        { role: 'user', parts: [empty] },
        { role: 'user', parts: [{ type: 'text', text: 'go' }, empty] },
        { role: 'assistant', parts: [empty] },
        { role: 'assistant', parts: [empty, call] },
        { role: 'tool', parts: [{ ...result, parts: [{ type: 'text', text: 'done' }] }] },
      ],
    });
    const said = members(body).filter(([name]) => ['text', 'parts', 'content', 'input'].includes(name));
    // Arguments are an object where the protocol has objects, and an empty one is none of these.
    expect(said.filter(([, value]) => value === '' || (Array.isArray(value) && value.length === 0))).toEqual(
      [],
    );
    expect(members(body)).toContainEqual([expect.any(String), expect.stringMatching(/^go$/)]);
  });

  it('keeps what the system says in the middle in its place', () => {
    const text = JSON.stringify(
      encode(upstream, {
        turns: [
          { role: 'user', parts: [{ type: 'text', text: 'FIRST' }] },
          { role: 'assistant', parts: [{ type: 'text', text: 'SECOND' }] },
          { role: 'system', rank: 'system', parts: [{ type: 'text', text: 'THIRD' }] },
          { role: 'user', parts: [{ type: 'text', text: 'FOURTH' }] },
        ],
      }),
    );
    const places = ['FIRST', 'SECOND', 'THIRD', 'FOURTH'].map((word) => text.indexOf(word));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  it('chooses among tools only where there are some', () => {
    const body = encode(upstream, { toolChoice: { mode: 'required' }, parallelToolCalls: false });
    expect(members(body).map(([name]) => name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/tool_?(?:choice|config)|parallel/i)]),
    );
  });

  it('names a person in no more than 64 characters, and always alike', () => {
    const endUserId = `user_${'x'.repeat(200)}`;
    const of = (id: string) =>
      members(encode(upstream, { endUserId: id })).find(([name]) =>
        /safety_identifier|user_id/.test(name),
      )?.[1];
    if (upstream === 'chat' || upstream === 'responses') {
      expect(of(endUserId)).toMatch(/^[0-9a-f]{64}$/);
      expect(of('u-1')).toBe('u-1');
    } else expect(of(endUserId)).toBe(upstream === 'messages' ? endUserId : undefined);
  });

  it('has a file’s name and a whole address where the protocol wants both', () => {
    const source = { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } as const;
    const body = JSON.stringify(
      encode(upstream, { turns: [{ role: 'user', parts: [{ type: 'file', source }] }] }),
    );
    const isOpenAis = upstream === 'chat' || upstream === 'responses';
    expect(body.includes('document.pdf')).toBe(isOpenAis);
    expect(body.includes('data:application/pdf;base64,JVBERi0=')).toBe(isOpenAis);
  });
});

describe('an answer in Gemini', () => {
  it('holds no null: what is not there is left out', () => {
    const to = translatorOf('gemini');
    fc.assert(
      fc.property(answer, (told) => {
        const events = runAll(to.encodeStream(contextOf(asked)), eventsOf(told));
        const texts = [
          ...events.map(({ data }) => data),
          to.encodeResponse(eventsOf(told), contextOf(asked)).body,
        ];
        const withoutArguments = (_: string, value: unknown) =>
          typeof value === 'object' && value !== null && 'args' in value ? 'call' : value;
        for (const text of texts) {
          const kept = JSON.parse(JSON.stringify(JSON.parse(text), withoutArguments)) as unknown;
          expect(members(kept).filter(([, value]) => value === null)).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(pairs)('over %s, for a client of %s', (upstream, client) => {
  /** As ids are: a number in JavaScript would hold another one. */
  const digits = '1234567890123456789';
  const call = {
    type: 'tool-call',
    id: 'call_1',
    name: 'f',
    kind: 'function',
    input: `{"id":${digits},"list":[-${digits}]}`,
  } as const;

  it('a long integer keeps every digit in a request', () => {
    const highest = '9223372036854775807';
    const parameters = parseBody(
      `{"type":"object","properties":{"id":{"type":"integer","description":"d","enum":[${highest}]}}}`,
    );
    const said = translatorOf(client).encodeRequest(
      {
        ...asked,
        turns: [
          ...asked.turns,
          { role: 'assistant', parts: [call] },
          {
            role: 'tool',
            parts: [
              {
                type: 'tool-result',
                callId: 'call_1',
                isError: false,
                parts: [{ type: 'text', text: `{"id":${digits}}` }],
              },
            ],
          },
        ],
        tools: [{ kind: 'function', name: 'f', parameters }],
      },
      { model: 'm', reasoningState: 'foreign' },
    );
    const request = translatorOf(client).decodeRequest(said.body, said.path);
    const { body } = translatorOf(upstream).encodeRequest(request, {
      model: 'm',
      reasoningState: 'foreign',
    });
    const plain = body.replaceAll('\\', '');
    expect(plain.split(digits)).toHaveLength(4);
    expect(plain).toContain(highest);
    expect(() => JSON.parse(body) as unknown).not.toThrow();
  });

  it.each(['streamed', 'whole'])('a long integer keeps every digit in an answer, %s', (form) => {
    const [from, to] = [translatorOf(upstream), translatorOf(client)];
    const told = eventsOf({ parts: [call], usage: {}, finish: { reason: 'tool-calls' } });
    const pass = (by: typeof from, events: readonly ChatEvent[]) =>
      form === 'streamed'
        ? runAll(
            by.decodeStream(),
            runAll(by.encodeStream(contextOf(asked)), events).map(({ data }) => data),
          )
        : by.decodeResponse(by.encodeResponse(events, contextOf(asked)).body);
    const [arrived] = foldAnswer(pass(to, pass(from, told))).parts.filter(({ type }) => type === 'tool-call');
    expect(arrived).toMatchObject({ input: call.input });
  });

  it('a character that came in two halves is whole again', () => {
    const [from, to] = [translatorOf(upstream), translatorOf(client)];
    const [high, low] = ['\ud83d', '\ude00'];
    const halves: readonly ChatEvent[] = [
      { type: 'message-start' },
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: high ?? '' },
      { type: 'text-delta', index: 0, text: low ?? '' },
      { type: 'text-end', index: 0 },
      { type: 'finish', reason: 'end' },
    ];
    const context = contextOf(asked);
    // Through bytes, as they are on the wire.
    const wire = (events: readonly { readonly data: string }[]) =>
      events.map(({ data }) => Buffer.from(data).toString('utf8'));
    const arrived = runAll(from.decodeStream(), wire(runAll(from.encodeStream(context), halves)));
    const handed = runAll(to.decodeStream(), wire(runAll(to.encodeStream(context), arrived)));
    expect(foldAnswer(handed).parts).toEqual([{ type: 'text', text: '😀' }]);
    const whole = to.decodeResponse(Buffer.from(to.encodeResponse(arrived, context).body).toString('utf8'));
    expect(foldAnswer(whole).parts).toEqual([{ type: 'text', text: '😀' }]);
  });
});

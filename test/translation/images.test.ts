import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../src/chat/answer.ts';
import type { ChatEvent } from '../../src/chat/event.ts';
import { contextOf, decodeWireRequest, runAll } from './translate.ts';
import { smallest } from './features.ts';
import { translatorOf, translators } from './translators.ts';

const png = 'iVBORw0KGgo=';
const item = { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: png };

/** An answer with a text and an image, on the wire of each protocol that has such. */
const wires: Readonly<Record<string, readonly object[]>> = {
  gemini: [
    { candidates: [{ content: { role: 'model', parts: [{ text: 'Here:' }] } }] },
    { candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: png } }] } }] },
    { candidates: [{ content: { parts: [{ text: 'Good?' }] }, finishReason: 'STOP' }] },
  ],
  responses: [
    { type: 'response.created', response: { id: 'resp_1' } },
    { type: 'response.output_item.added', output_index: 0, item: { type: 'message' } },
    { type: 'response.output_text.delta', output_index: 0, delta: 'Here:' },
    { type: 'response.output_item.added', output_index: 1, item: { ...item, result: null } },
    { type: 'response.output_item.done', output_index: 1, item },
    { type: 'response.output_item.added', output_index: 2, item: { type: 'message' } },
    { type: 'response.output_text.delta', output_index: 2, delta: 'Good?' },
    { type: 'response.completed', response: { status: 'completed', output: [] } },
  ],
  chat: [
    { choices: [{ delta: { content: 'Here:' } }] },
    { choices: [{ delta: { images: [{ image_url: { url: `data:image/png;base64,${png}` } }] } }] },
    { choices: [{ delta: { content: 'Good?' }, finish_reason: 'stop' }] },
  ],
};

function read(upstream: string): readonly ChatEvent[] {
  const wire = wires[upstream] ?? [];
  return runAll(
    translatorOf(upstream).decodeStream(),
    wire.map((event) => JSON.stringify(event)),
  );
}

function shown(parts: ReturnType<typeof foldAnswer>['parts']): readonly unknown[] {
  return parts.map((part) => {
    if (part.type === 'image') return part.source;
    return part.type === 'text' ? part.text.trim() : part;
  });
}

const image = { kind: 'base64', mediaType: 'image/png', data: png };

describe.each(Object.keys(wires))('an image that a model made over %s', (upstream) => {
  it('stands where it came', () => {
    expect(shown(foldAnswer(read(upstream)).parts)).toEqual(['Here:', image, 'Good?']);
  });

  it.each(['gemini', 'responses', 'chat'])('comes to a client of %s, streamed and whole', (client) => {
    const to = translatorOf(client);
    const context = contextOf(decodeWireRequest(to, smallest[client] ?? { path: '', body: {} }));
    const written = runAll(to.encodeStream(context), read(upstream));
    const streamed = runAll(
      to.decodeStream(),
      written.map(({ data }) => data),
    );
    const whole = to.decodeResponse(to.encodeResponse(read(upstream), context).body);
    for (const events of [streamed, whole]) expect(shown(foldAnswer(events).parts)).toContainEqual(image);
  });

  it('is told in words to a client of Messages, which has no place for it', () => {
    const to = translatorOf('messages');
    const context = contextOf(decodeWireRequest(to, smallest['messages'] ?? { path: '', body: {} }));
    const events = runAll(to.encodeStream(context), read(upstream));
    const whole = to.encodeResponse(read(upstream), context).body;
    for (const text of [events.map(({ data }) => data).join(''), whole]) {
      expect(text).toContain('The model made an image (image/png)');
      expect(text).not.toContain(png);
    }
  });
});

describe('an image that a model made, in the history', () => {
  const asked: Readonly<Record<string, { path: string; body: object }>> = {
    gemini: {
      path: '/v1beta/models/m:generateContent',
      body: {
        contents: [
          { role: 'user', parts: [{ text: 'Draw' }] },
          { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: png } }] },
          { role: 'user', parts: [{ text: 'Bigger' }] },
        ],
      },
    },
    responses: {
      path: '',
      body: { input: [{ role: 'user', content: 'Draw' }, item, { role: 'user', content: 'Bigger' }] },
    },
  };
  const cases = Object.keys(asked).flatMap((client) =>
    [...translators.keys()].map((upstream) => [client, upstream] as const),
  );

  it.each(cases)('of a client of %s, goes to %s or is reported', (client, upstream) => {
    const request = decodeWireRequest(translatorOf(client), asked[client] ?? { path: '', body: {} });
    const { body, dropped } = translatorOf(upstream).encodeRequest(request, {
      model: 'm',
      reasoningState: 'foreign',
    });
    expect(body).toContain('Bigger');
    if (upstream === 'gemini') expect([body.includes(png), dropped]).toEqual([true, []]);
    else expect([body.includes(png), dropped]).toEqual([false, [{ name: 'image in history' }]]);
  });
});

import { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import type { AnswerOptions, Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { eventsOf } from './client.ts';
import { generations, HELLO, MODEL, stage, standingClock, type Scene } from './scene.ts';

const sentence = { text: 'one two three four five six' };
/** Three events are the role and two words. */
const said = ' two';
const notSaid = ' six';

const failures = (manner: AnswerOptions): Readonly<Record<string, Behaviour>> => ({
  'a reset between events': faults.broken({ events: 3 }, 'reset', { ...sentence, ...manner }),
  'a close between events': faults.broken({ events: 3 }, 'close', { ...sentence, ...manner }),
  'a reset in the middle of an event': faults.broken({ share: 0.5 }, 'reset', { ...sentence, ...manner }),
  'a close in the middle of an event': faults.broken({ share: 0.5 }, 'close', { ...sentence, ...manner }),
  'an end without a finish': faults.answer({
    ...sentence,
    text: 'one two three',
    ...manner,
    without: 'finish',
  }),
  'an error event': faults.streamError(3, {}, { ...sentence, ...manner }),
  'an error event of an overload': faults.streamError(
    3,
    { code: 'server_is_overloaded' },
    { ...sentence, ...manner },
  ),
});
const manners: Readonly<Record<string, AnswerOptions>> = {
  LF: {},
  CRLF: { lineEnd: '\r\n' },
  CR: { lineEnd: '\r' },
  'CRLF and comments': { lineEnd: '\r\n', comment: 'wait' },
};

async function expectOneError(scene: Scene, text: string): Promise<void> {
  const data = eventsOf(text);
  expect(text).toMatch(/(?:\n\n|\r\n\r\n|\r\r)$/u);
  const parsed = data.map((one): object => JSON.parse(one) as object);
  expect(parsed.filter((one) => 'error' in one)).toHaveLength(1);
  expect(parsed.at(-1)).toMatchObject({ error: { message: expect.any(String) as string, param: null } });
  expect(text).not.toContain('[DONE]');
  expect(text).not.toContain('"finish_reason":"stop"');
  expect(generations(scene.simulator).map(({ label }) => label)).toEqual(['one']);
  const one = await scene.account('one');
  expect([one.requests, one.failures]).toEqual([1, 1]);
  expect(one.rests).toEqual([]);
}

describe('a failure after content', () => {
  describe.each(Object.entries(manners))('with %s', (_ends, manner) => {
    test.each(Object.entries(failures(manner)))(
      '%s ends the stream with one error event',
      async (_name, says) => {
        const scene = await stage();
        scene.simulator.script('key-one', says);
        const answer = await scene.chat({ stream: true });
        expect([answer.status, answer.error]).toEqual([200, undefined]);
        expect(answer.text).toContain(said);
        expect(answer.text).not.toContain(notSaid);
        expect(answer.headers).toMatchObject({ 'x-rota-account': 'one', 'x-rota-attempts': '1' });
        await expectOneError(scene, answer.text);
      },
    );
  });

  test('silence ends the stream with one error event', async () => {
    const scene = await stage({ clock: standingClock() });
    scene.simulator.script('key-one', faults.broken({ events: 3 }, 'hang', sentence));
    const answer = await scene.open({ stream: true });
    await answer.bytes(100);
    scene.clock.advance(300_000);
    const text = (await answer.end()).toString();
    expect(text).toContain('silence');
    await expectOneError(scene, text);
    await scene.call('one', ({ aborted }) => aborted);
  });

  test('a limit that is told after content is kept in mind for the next request', async () => {
    const scene = await stage({ clock: standingClock() });
    const complaint = { type: 'requests', code: 'rate_limit_exceeded' };
    scene.simulator.script('key-one', faults.streamError(3, complaint, sentence));
    await scene.chat({ stream: true });
    expect((await scene.account('one')).rests).toEqual([{ kind: 'throttle', model: MODEL, waitMs: 1000 }]);
    expect((await scene.chat()).headers['x-rota-account']).toBe('two');
  });

  const chunk = (delta: object, finish: string | null = null): string =>
    JSON.stringify({
      id: 'c',
      object: 'chat.completion.chunk',
      model: MODEL,
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
  test.each(['\n', '\r\n', '\r'])(
    'wherever the stream stops, whole events go before the error (line ends %j)',
    async (lineEnd) => {
      const scene = await stage({ accounts: ['one'] });
      const frame = (data: string): string => `data: ${data}${lineEnd}${lineEnd}`;
      const opening = frame(chunk({ role: 'assistant' })) + frame(chunk({ content: 'Grüß' }));
      const body = Buffer.from(opening + frame(chunk({ content: ' dich' })) + frame(chunk({ content: '!' })));
      const ends = [...body.toString('latin1').matchAll(new RegExp(lineEnd + lineEnd, 'gu'))].map(
        ({ index }) => index + 2 * lineEnd.length,
      );
      for (let cut = Buffer.byteLength(opening); cut < body.length; cut += 1) {
        scene.simulator.script('key-one', { kind: 'raw', body: body.subarray(0, cut) });
        const answer = await scene.chat({ stream: true });
        const whole = ends.findLast((end) => end <= cut) ?? 0;
        expect(answer.body.subarray(0, whole)).toEqual(body.subarray(0, whole));
        expect(answer.body.subarray(whole).toString()).toMatch(/^data: \{"error":\{.*\}\}\n\n$/u);
      }
    },
  );

  test.each([
    ['that breaks', 'content-length: 9\r\n'],
    ['that ends', 'content-length: 0\r\n'],
  ])(
    "an answer that cannot be looked into and %s before its first byte is another account's",
    async (_, length) => {
      const scene = await stage();
      const bytes = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n${length}\r\n`;
      scene.simulator.script('key-one', { kind: 'wire', bytes });
      const answer = await scene.chat({ stream: true });
      expect([answer.status, answer.error, answer.headers['x-rota-account']]).toEqual([
        200,
        undefined,
        'two',
      ]);
    },
  );

  test('bytes that cannot be looked into are broken off, so that they cannot be taken for whole', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.broken({ share: 0.5 }, 'reset', { ...sentence, gzip: true }));
    const answer = await scene.chat({ stream: true });
    expect([answer.status, answer.error]).toEqual([200, 'ECONNRESET']);
    expect(scene.asked()).toEqual(['one']);
  });

  test('an end after the finish but without [DONE] is a good one', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.answer({ ...sentence, without: 'done' }));
    const answer = await scene.chat({ stream: true });
    expect(answer.text).not.toContain('"error"');
    expect(eventsOf(answer.text).at(-1)).toContain('"finish_reason":"stop"');
    expect((await scene.account('one')).failures).toBe(0);
  });

  test('a finish_reason that is empty on every chunk is no finish', async () => {
    const scene = await stage();
    const event = `data: ${chunk({ content: 'Hello' }, '')}\n\n`;
    scene.simulator.script('key-one', { kind: 'raw', body: event });
    expect((await scene.chat({ stream: true })).text).toMatch(/\n\ndata: \{"error":.*\n\n$/u);
  });
});

describe('the openai SDK reports a failure after content, and takes nothing for a short answer', () => {
  test.each(
    Object.entries({
      ...failures({}),
      'a reset (CRLF)': faults.broken({ share: 0.5 }, 'reset', { ...sentence, lineEnd: '\r\n' }),
    }),
  )('%s', async (_name, says) => {
    const scene = await stage();
    scene.simulator.script('*', says, says);
    const stream = await scene.sdk().chat.completions.create({ ...HELLO, stream: true });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const part of stream) text += part.choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow(APIError);
    expect(text).toContain(said);
    const whole = scene.sdk().chat.completions.stream(HELLO).finalContent();
    await expect(whole).rejects.toThrow(APIError);
  });
});

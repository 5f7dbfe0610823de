import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { chat, dataOf, gemini, relayStage, responses, spoken } from './relay-scene.ts';
import { standingClock } from './scene.ts';

const settings = { limits: { keepAliveMs: 40 }, routing: { strategy: 'fill-first', affinity: false } };
const late = faults.answer({ headersAfterMs: 200 });

describe.each(spoken)('a client of $name that waits for a stream', (protocol) => {
  const sign = protocol === gemini ? 'data: {}\n\n' : ': keep-alive\n\n';

  test('is given signs of life, and then its answer', async () => {
    const scene = await relayStage({ settings });
    scene.simulator.script('key-one', late);
    const seen = await scene.ask(protocol, { stream: true });
    expect([seen.status, seen.error]).toEqual([200, undefined]);
    expect(seen.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(seen.text.startsWith(sign.repeat(2))).toBe(true);
    expect(seen.text).toContain(' one');
    expect(dataOf(seen.text).filter(protocol.isEnd)).toHaveLength(1);
  });

  test('is given its answer as a stream also where it comes whole, and late', async () => {
    const scene = await relayStage({ settings });
    scene.simulator.script('key-one', faults.answer({ headersAfterMs: 200, as: 'json' }));
    const seen = await scene.ask(protocol, { stream: true });
    expect(seen.text.startsWith(sign)).toBe(true);
    expect(seen.text).toContain('hello from one');
    expect(dataOf(seen.text).filter(protocol.isEnd)).toHaveLength(1);
  });

  test('is answered by another account where the first one fails meanwhile', async () => {
    const scene = await relayStage({ settings });
    scene.simulator.script('key-one', { kind: 'nothing', how: 'reset', afterMs: 150 });
    const seen = await scene.ask(protocol, { stream: true });
    expect(seen.text.startsWith(sign)).toBe(true);
    expect(seen.text).toContain(' two');
    expect(scene.asked()).toEqual(['one', 'two']);
  });

  test('is told inside the stream that nobody is left', async () => {
    const scene = await relayStage({ settings, clock: standingClock(), accounts: ['one'] });
    scene.simulator.script('key-one', {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '30' },
      headersAfterMs: 150,
    });
    const seen = await scene.ask(protocol, { stream: true });
    expect(seen.status).toBe(200);
    const [error = '', ...others] = dataOf(seen.text).filter((data) => data !== '{}');
    expect(others).toEqual([]);
    expect(protocol.readError(error)).toMatchObject({
      message: expect.stringContaining('No account can answer') as string,
    });
    if (protocol !== responses) expect(protocol.readError(error).type).toBe(protocol.errorType.quota);
    else expect(error).toContain('"code":"rate_limit_exceeded"');
  });

  test('is told the wait in words where no header can tell it, as far as it goes by them', async () => {
    const scene = await relayStage({ settings, clock: standingClock(), accounts: ['one'] });
    const headers = { 'retry-after': '30' };
    scene.simulator.script('key-one', { kind: 'status', status: 429, headers, headersAfterMs: 150 });
    const { text } = await scene.ask(protocol, { stream: true });
    expect(text.includes('Please try again in 30s.')).toBe(protocol === responses);
  });

  test('gets nothing of the kind for an answer that is not streamed', async () => {
    const scene = await relayStage({ settings });
    scene.simulator.script('key-one', late);
    const seen = await scene.ask(protocol, { stream: false });
    expect(() => JSON.parse(seen.text) as unknown).not.toThrow();
  });
});

test('a translated stream that falls silent is kept alive, too', async () => {
  const scene = await relayStage({ settings, only: ['anthropic-messages'] });
  scene.simulator.script('key-one', faults.drip(200, 60, { text: 'word '.repeat(60) }));
  const seen = await scene.ask(chat, { stream: true });
  expect(dataOf(seen.text).filter(chat.isEnd)).toHaveLength(1);
  expect(seen.text).toContain(': keep-alive\n\n');
  expect(seen.error).toBeUndefined();
});

test('0 keeps nobody alive', async () => {
  const scene = await relayStage({ settings: { ...settings, limits: { keepAliveMs: 0 } } });
  scene.simulator.script('key-one', late);
  expect((await scene.ask(chat, { stream: true })).text).not.toContain('keep-alive');
});

import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { MODEL, runningClock, stage, standingClock, type RestSeen } from './scene.ts';

const fillFirst = { routing: { strategy: 'fill-first', affinity: false } };
const whole = (kind: string, waitMs: number): RestSeen => ({ kind, waitMs });
const ofModel = (kind: string, waitMs: number): RestSeen => ({ kind, model: MODEL, waitMs });

describe('rests', () => {
  test('a row of failures without a hint rests longer each time, and a success ends the row', async () => {
    const scene = await stage({ clock: standingClock() });
    for (const waitMs of [1000, 2000, 4000]) {
      scene.simulator.script('key-one', faults.rateLimited());
      await scene.chat();
      expect((await scene.account('one')).rests).toEqual([ofModel('throttle', waitMs)]);
      scene.clock.advance(waitMs);
    }
    expect((await scene.chat()).headers['x-rota-account']).toBe('one');
    scene.simulator.script('key-one', faults.rateLimited());
    await scene.chat();
    expect((await scene.account('one')).rests).toEqual([ofModel('throttle', 1000)]);
  });

  test('requests that fail together rest the account once, and the longest wait that was named holds', async () => {
    const scene = await stage({ clock: standingClock() });
    const late = { headersAfterMs: 30 };
    scene.simulator.script(
      'key-one',
      { ...faults.rateLimited({ seconds: 40 }), ...late },
      { ...faults.rateLimited({ seconds: 10 }), ...late },
      { ...faults.rateLimited({ seconds: 20 }), ...late },
    );
    const answers = await Promise.all([scene.chat(), scene.chat(), scene.chat()]);
    expect(answers.map(({ headers }) => headers['x-rota-account'])).toEqual(['two', 'two', 'two']);
    expect((await scene.account('one')).rests).toEqual([whole('throttle', 40_000)]);
  });

  test('a limit of one model leaves the other models of the account alone', async () => {
    const scene = await stage({ models: [MODEL, 'gpt-5.5-mini'], clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited());
    expect((await scene.chat()).headers['x-rota-account']).toBe('two');
    expect((await scene.chat({ model: 'gpt-5.5-mini' })).headers['x-rota-account']).toBe('one');
  });

  test('`reset` clears them', async () => {
    const scene = await stage({ clock: standingClock() });
    scene.simulator.script('key-one', faults.forbidden());
    await scene.chat();
    expect((await scene.account('one')).state).toBe('resting');
    const { url, adminKey } = scene.rota;
    await fetch(`${url}/-/reset?account=one`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}` },
    });
    expect((await scene.account('one')).rests).toEqual([]);
    expect((await scene.chat()).headers['x-rota-account']).toBe('one');
  });
});

describe('an answer that is properly finished and has no content', () => {
  const nothing: Behaviour = { kind: 'empty', form: 'finished' };

  test.each([false, true])(
    'is delivered as it is when the next one has none either (stream: %s)',
    async (stream) => {
      const scene = await stage();
      scene.simulator.script('*', nothing, nothing);
      const answer = await scene.chat({ stream });
      expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([200, '2']);
      expect(answer.text).toContain('"finish_reason":"stop"');
      expect(answer.text.includes('[DONE]')).toBe(stream);
      expect(answer.headers['content-type']).toContain(stream ? 'text/event-stream' : 'application/json');
      expect(scene.asked()).toEqual(['one', 'two']);
      expect((await scene.account('one')).rests).toEqual([]);
    },
  );

  test('is asked for once more on the only account', async () => {
    const scene = await stage({ accounts: ['one'] });
    scene.simulator.script('key-one', nothing);
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([200, '2']);
    expect(answer.text).toContain('hello from one');
  });

  test.each([faults.serverError(), faults.nothing('reset'), faults.rateLimited()])(
    'is delivered in place of the failure of the next one ($kind $status)',
    async (failure) => {
      const scene = await stage({ settings: { ...fillFirst, requestRetry: 0 } });
      scene.simulator.always('key-one', nothing);
      scene.simulator.script('key-two', failure);
      const answer = await scene.chat();
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).toContain('"finish_reason":"stop"');
      expect(answer.headers['x-rota-account']).toBe('one');
      expect(scene.asked().slice(0, 2)).toEqual(['one', 'two']);
    },
  );

  test.each(['length', 'content_filter'])('and says %s is an answer of its own', async (finishReason) => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.answer({ text: '', finishReason }));
    expect((await scene.chat()).headers).toMatchObject({ 'x-rota-account': 'one', 'x-rota-attempts': '1' });
  });
});

describe('a redirect', () => {
  test('is followed by nobody, and the client never sees it', async () => {
    const elsewhere = await startSimulator();
    elsewhere.account('key-one');
    const scene = await stage({ accounts: ['one'], settings: { ...fillFirst, requestRetry: 0 } });
    scene.simulator.script('key-one', faults.redirect(`${elsewhere.url}/v1/chat/completions`, 307));
    const answer = await scene.chat();
    expect([answer.status, answer.headers.location]).toEqual([502, undefined]);
    expect(elsewhere.calls).toEqual([]);
    await elsewhere.close();
  });
});

test('a 429 with a hint in milliseconds and a running clock: the account is back when its time has come', async () => {
  const scene = await stage({ accounts: ['one'], clock: runningClock() });
  scene.simulator.script('key-one', faults.rateLimited({ milliseconds: 60_000 }));
  expect((await scene.chat()).status).toBe(429);
  expect((await scene.chat()).status).toBe(429);
  expect(scene.asked()).toEqual(['one']);
  scene.clock.advance(60_000);
  expect((await scene.chat()).status).toBe(200);
});

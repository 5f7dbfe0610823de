import { describe, expect, test } from 'vitest';
import type { Records } from '../../src/accounts/records.ts';
import { RotaError } from '../../src/failure.ts';
import * as faults from '../simulator/faults.ts';
import { stage } from './scene.ts';

/** Far below the minutes that the answers would otherwise take. */
const SOON_MS = 20_000;
/** The rest that would otherwise be waited for is longer: 5 s. */
const BEFORE_THE_REST_IS_OVER_MS = 4500;

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const startedAt = performance.now();
  const result = await work;
  return { result, ms: performance.now() - startedAt };
}

describe('an answer that has begun and never comes to any content', () => {
  test.each([{ stream: true }, { stream: false }])(
    'is given up when the request has lasted its time: $stream',
    async (asked) => {
      const scene = await stage({ accounts: ['one'], settings: { limits: { requestMs: 300 } } });
      scene.simulator.script('key-one', faults.drip(1, 400));
      const { result, ms } = await timed(scene.chat(asked));
      expect(ms).toBeLessThan(SOON_MS);
      expect(result.status).toBe(502);
      expect((await scene.account('one')).rests).toMatchObject([{ kind: 'slow' }]);
    },
  );

  test('one whose content has come may take as long as it wants', async () => {
    const scene = await stage({ accounts: ['one'], settings: { limits: { requestMs: 300 } } });
    const text = 'one two three four five six';
    scene.simulator.script('key-one', faults.answer({ text, delayMs: 80 }));
    const answer = await scene.chat({ stream: true });
    expect([answer.status, answer.error]).toEqual([200, undefined]);
    expect(answer.text).toContain('[DONE]');
  });
});

test('a request that waits for an account goes on as soon as another one has found it well', async () => {
  const scene = await stage({ accounts: ['one'] });
  scene.simulator.script('key-one', faults.serverError());
  const first = scene.chat();
  await expect.poll(async () => (await scene.account('one')).rests.length, { interval: 5 }).toBe(1);
  const { result, ms } = await timed(scene.chat());
  expect([(await first).status, result.status]).toEqual([200, 200]);
  expect(ms).toBeLessThan(BEFORE_THE_REST_IS_OVER_MS);
});

test('a conversation stays with the account whose answer the client broke off', async () => {
  const scene = await stage({ settings: { routing: { strategy: 'round-robin', affinity: true } } });
  scene.simulator.script('key-one', faults.broken({ events: 3 }, 'hang'));
  const answer = await scene.open({ stream: true });
  await answer.bytes(100);
  answer.hangUp();
  await scene.simulator.waitForCall(({ aborted }) => aborted);
  await scene.chat({ stream: true });
  expect(scene.asked()).toEqual(['one', 'one']);
});

test('a stream is told by its content type in any letters', async () => {
  const scene = await stage();
  const headers = { 'content-type': 'Text/Event-Stream; charset=utf-8' };
  scene.simulator.script('key-one', faults.answer({ headers, chunks: 400 }));
  const answer = await scene.chat({ stream: true });
  expect([answer.status, answer.headers['x-rota-account']]).toEqual([200, 'one']);
  expect(answer.text).toContain('[DONE]');
});

test('records that could not be read for a moment are read again, although nobody writes them', async () => {
  let reads = 0;
  const parts: { records?: Records } = {};
  const scene = await stage({
    parts,
    beforeStart({ records }) {
      const read = async () => {
        reads += 1;
        if (reads === 1) throw new RotaError({ kind: 'records', message: 'Too many files are open.' });
        return records.read();
      };
      parts.records = { ...records, read };
    },
  });
  expect((await scene.chat()).status).toBe(503);
  await expect.poll(async () => (await scene.chat()).status, { timeout: 30_000, interval: 100 }).toBe(200);
});

test('records that cannot be read any more do not take back the accounts that are known', async () => {
  let isBroken = false;
  let refused = 0;
  const parts: { records?: Records } = {};
  const scene = await stage({
    parts,
    beforeStart({ records }) {
      const read = async () => {
        if (!isBroken) return records.read();
        refused += 1;
        throw new RotaError({ kind: 'records', message: 'accounts.json is not JSON.' });
      };
      parts.records = { ...records, read };
    },
  });
  expect((await scene.chat()).status).toBe(200);
  isBroken = true;
  await scene.rota.daemon.settingsChanged();
  expect(refused).toBeGreaterThan(0);
  expect((await scene.chat()).status).toBe(200);
});

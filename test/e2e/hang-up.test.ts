import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { HELLO, stage, type Scene } from './scene.ts';

/** Far below what any time limit would take. */
const AT_ONCE_MS = 20_000;

async function expectNoPenalty(scene: Scene, hungUpAt: number, serial: number): Promise<void> {
  const call = await scene.simulator.waitForCall((one) => one.serial === serial && one.aborted);
  expect((call.abortedAt ?? Infinity) - hungUpAt).toBeLessThan(AT_ONCE_MS);
  for (const label of ['one', 'two']) {
    const account = await scene.account(label);
    expect([account.rests, account.failures]).toEqual([[], 0]);
  }
  expect(scene.asked()).toEqual(['one']);
  expect((await scene.account('one')).requests).toBe(1);
  const told = scene.rota.logLines.find((line) => line.includes('the client hung up')) ?? '';
  expect(JSON.parse(told)).toMatchObject({ account: 'one', attempts: 1 });
  expect((await scene.chat()).headers).toMatchObject({ 'x-rota-account': 'one', 'x-rota-attempts': '1' });
}

describe('a client that hangs up ends the upstream call at once, and the account is not to blame', () => {
  test('in the middle of a stream', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.broken({ events: 3 }, 'hang'));
    const answer = await scene.open({ stream: true });
    await answer.bytes(100);
    const at = Date.now();
    answer.hangUp();
    const { serial } = await scene.call('one');
    await expectNoPenalty(scene, at, serial);
  });

  test.each([
    ['before any header', faults.nothing('hang'), true],
    ['before any header of a blocking answer', faults.nothing('hang'), false],
    ['after the role chunk', faults.broken({ events: 1 }, 'hang'), true],
    ['in the middle of a blocking answer', faults.broken({ share: 0.5 }, 'hang'), false],
  ])('%s', async (_name, says, stream) => {
    const scene = await stage();
    scene.simulator.script('key-one', says);
    const client = new AbortController();
    const asking = scene
      .sdk()
      .chat.completions.create({ ...HELLO, stream }, { signal: client.signal })
      .then(
        () => 'an answer',
        () => 'given up',
      );
    const { serial } = await scene.call('one');
    const at = Date.now();
    client.abort();
    expect(await asking).toBe('given up');
    await expectNoPenalty(scene, at, serial);
  });

  test('while Rota pauses before it tries once more: nothing is sent any more', async () => {
    const scene = await stage({ accounts: ['one'] });
    scene.simulator.always('key-one', faults.siteOverloaded());
    const client = new AbortController();
    const asking = scene.sdk().chat.completions.create(HELLO, { signal: client.signal });
    asking.catch(() => undefined);
    await scene.call('one', ({ finished }) => finished);
    client.abort();
    await expect(asking).rejects.toThrow();
    const ended = () => scene.rota.logLines.some((line) => line.includes('the client hung up'));
    await expect.poll(ended, { interval: 5 }).toBe(true);
    expect(scene.asked()).toEqual(['one']);
  });
});

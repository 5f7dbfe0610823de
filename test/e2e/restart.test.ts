import { describe, expect, test } from 'vitest';
import type { Records } from '../../src/accounts/records.ts';
import * as faults from '../simulator/faults.ts';
import { MODEL, stage, standingClock } from './scene.ts';

describe('a restart', () => {
  const rows = [
    {
      name: 'Retry-After',
      says: faults.rateLimited({ seconds: 30 }),
      rest: { kind: 'throttle', waitMs: 30_000 },
    },
    { name: 'no hint', says: faults.rateLimited(), rest: { kind: 'throttle', model: MODEL, waitMs: 1000 } },
    { name: 'billing', says: faults.paymentRequired(), rest: { kind: 'billing', waitMs: 3_600_000 } },
    { name: 'policy', says: faults.forbidden(), rest: { kind: 'policy', waitMs: 1_800_000 } },
  ];
  test.each(rows.flatMap((row) => [false, true].map((stream) => ({ ...row, stream }))))(
    'forgets no rest ($name, stream: $stream)',
    async ({ says, rest, stream }) => {
      const scene = await stage({ clock: standingClock() });
      scene.simulator.script('key-one', says);
      await scene.chat({ stream });
      await scene.restart();
      expect((await scene.account('one')).rests).toEqual([rest]);
      scene.clock.advance(rest.waitMs - 1);
      expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('two');
      await scene.restart();
      expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('two');
      scene.clock.advance(1);
      expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('one');
    },
  );

  test('remembers how long the row of failures is', async () => {
    const scene = await stage({ clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited());
    await scene.chat();
    scene.clock.advance(1000);
    scene.simulator.script('key-one', faults.rateLimited());
    await scene.chat();
    await scene.restart();
    scene.clock.advance(2000);
    scene.simulator.script('key-one', faults.rateLimited());
    await scene.chat();
    expect((await scene.account('one')).rests).toMatchObject([{ waitMs: 4000 }]);
  });

  test('brings no rest back that has passed meanwhile', async () => {
    const scene = await stage({ clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 30 }));
    await scene.chat();
    await scene.rota.stop();
    scene.clock.advance(30_000);
    await scene.restart();
    expect((await scene.account('one')).rests).toEqual([]);
    expect((await scene.chat()).headers['x-rota-account']).toBe('one');
  });
});

describe('a daemon that has just started', () => {
  test('lets a request wait until the accounts are taken up', async () => {
    let go: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const parts: { records?: Records } = {};
    const scene = await stage({
      parts,
      beforeStart({ records }) {
        const read = async () => gate.then(async () => records.read());
        parts.records = { ...records, read };
      },
    });
    const answers = [scene.chat(), scene.get('/v1/models')];
    // The others have come when this one has been answered, which needs no account.
    expect((await scene.get('/healthz')).status).toBe(200);
    go?.();
    const [chat, models] = await Promise.all(answers);
    expect([chat?.status, models?.status]).toEqual([200, 200]);
    expect(JSON.parse(models?.text ?? '')).toMatchObject({ data: [{ id: MODEL }] });
  });

  test('counts an account in whose model list is still on its way', async () => {
    const scene = await stage();
    scene.simulator.always('key-two', { on: 'models', ...faults.nothing('hang') });
    await scene.restart();
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 30 }));
    expect((await scene.chat()).headers['x-rota-account']).toBe('two');
  });
});

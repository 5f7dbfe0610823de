import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { send } from './client.ts';
import { HELLO, stage } from './scene.ts';

const slowly = faults.drip(64, 2, { text: 'one two three four five six seven eight' });

describe('a graceful shutdown', () => {
  test('lets a stream in flight finish, and ends as soon as it has', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', slowly);
    // The platform's fetch keeps its connection open afterwards, as most clients do.
    const response = await scene.rota.chat({ ...HELLO, stream: true });
    const closing = scene.rota.daemon.close(60_000);
    const text = await response.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const began = performance.now();
    await closing;
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(scene.simulator.calls.at(-1)).toMatchObject({ finished: true, aborted: false });
  });

  test('refuses a new request, while the old one is served', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', slowly);
    const answer = await scene.open({ stream: true });
    await answer.bytes(1);
    const { url, key } = scene.rota;
    const closing = scene.rota.daemon.close(60_000);
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const refused = await send(`${url}/v1/chat/completions`, { headers, body: JSON.stringify(HELLO) });
    expect(refused.status === 503 || refused.error === 'ECONNREFUSED').toBe(true);
    expect((await answer.end()).toString()).toContain('[DONE]');
    await closing;
    expect(scene.asked()).toEqual(['one']);
  });

  test('breaks off what is left when the time is over, and the client can tell', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.broken({ events: 3 }, 'hang'));
    const answer = await scene.open({ stream: true });
    await answer.bytes(100);
    await scene.rota.daemon.close(50);
    await expect(answer.end()).rejects.toThrow();
    await scene.call('one', ({ aborted }) => aborted);
  });
});

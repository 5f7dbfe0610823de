import { afterEach, describe, expect, it } from 'vitest';
import { answer, rateLimited, serverError } from '../simulator/faults.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { startRota, type Rota } from './rota.ts';

let simulator: Simulator;
let rota: Rota;

afterEach(async () => {
  await rota.close();
  await simulator.close();
});

async function start(settings: object = {}): Promise<void> {
  simulator = await startSimulator();
  simulator.account('key-one', { label: 'one', models: ['gpt-5.5'] });
  simulator.account('key-two', { label: 'two', models: ['gpt-5.5'] });
  rota = await startRota({
    upstream: `${simulator.url}/v1`,
    accounts: [
      { label: 'one', key: 'key-one' },
      { label: 'two', key: 'key-two' },
    ],
    settings,
  });
}

const ask = { model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hello' }] };

describe('two accounts, the first answers 429', () => {
  for (const stream of [false, true]) {
    it(`the client gets 200 from the second (stream: ${stream})`, async () => {
      await start({ routing: { strategy: 'fill-first' } });
      simulator.script('key-one', rateLimited({ seconds: 30 }));
      const response = await rota.chat({ ...ask, stream });
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('x-rota-account')).toBe('two');
      expect(response.headers.get('x-rota-attempts')).toBe('2');
      expect(text).toContain('two');
      expect(simulator.unexpected).toEqual([]);
      expect((await rota.chat(ask)).headers.get('x-rota-account')).toBe('two');
    });
  }
});

describe('plain', () => {
  it('lists models', async () => {
    await start();
    const response = await fetch(`${rota.url}/v1/models`, {
      headers: { authorization: `Bearer ${rota.key}` },
    });
    expect(await response.json()).toMatchObject({
      object: 'list',
      data: [{ id: 'gpt-5.5', object: 'model' }],
    });
  });
  it('500', async () => {
    await start({ routing: { strategy: 'fill-first' } });
    simulator.script('key-one', serverError(), answer());
    const response = await rota.chat(ask);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-rota-account')).toBe('two');
  });
});

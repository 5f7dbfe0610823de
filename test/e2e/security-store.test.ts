import { afterEach, describe, expect, it } from 'vitest';
import type { Vault } from '../../src/accounts/vault.ts';
import type { StoreProblem } from '../../src/failure.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { lockableStore } from './lockable-store.ts';
import { errorIn, head, portOf, raw } from './raw.ts';
import { startRota, type Rota } from './rota.ts';

const ASK = { model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hi' }] };

let simulator: Simulator;
let rota: Rota;

afterEach(async () => {
  await rota.close();
  await simulator.close();
});

/** Starts with a store that is locked: already when it is opened, or only when it is read. */
async function startLocked(problem: StoreProblem, when: 'opened' | 'read') {
  simulator = await startSimulator({ models: ['gpt-5.5'] });
  simulator.account('key-one', { label: 'one' });
  const store = lockableStore();
  let made: Vault | undefined;
  rota = await startRota({
    upstream: `${simulator.url}/v1`,
    accounts: [{ label: 'one', key: 'key-one' }],
    store,
    beforeStart({ vault }) {
      made = vault;
      store.lock(problem);
    },
    parts: {
      async openVault() {
        if (when === 'opened') store.check();
        if (!made) throw new Error('opened too early');
        return made;
      },
    },
  });
  return store;
}

/** Asks again until the answer is another than a 503. */
async function answered(ask: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await ask();
    if (response.status !== 503) return response;
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const problems: readonly StoreProblem[] = ['locked', 'no-session-bus', 'no-service', 'none-chosen'];

for (const when of ['opened', 'read'] as const) {
  describe(`a credential store that is in trouble when it is ${when}`, () => {
    for (const problem of problems) {
      it(`(${problem}) is a 503 with the way on, never "not signed in", and passes`, async () => {
        const store = await startLocked(problem, when);
        const asks = [
          () => rota.chat(ASK),
          () => fetch(`${rota.url}/v1/models`, { headers: { authorization: `Bearer ${rota.key}` } }),
          () => fetch(`${rota.url}/-/status`, { headers: { authorization: `Bearer ${rota.adminKey}` } }),
          () => fetch(`${rota.url}/v1/models`, { headers: { authorization: 'Bearer wrong' } }),
          () => fetch(`${rota.url}/v1/models`),
        ];
        for (const ask of asks) {
          const response = await ask();
          const { message, code } = errorIn(await response.text());
          expect({ status: response.status, code }).toEqual({ status: 503, code: 'not_ready' });
          expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(message).toContain(`The keychain cannot be used (${problem}): unlock it.`);
          expect(message).not.toMatch(/sign|log ?in|no account/i);
        }
        const upgrade = head(
          'GET /v1/responses HTTP/1.1',
          'Host: localhost',
          'Connection: Upgrade',
          'Upgrade: websocket',
        );
        expect((await raw(portOf(rota.url), upgrade)).status).toBe(503);
        expect((await fetch(`${rota.url}/healthz`)).status).toBe(200);
        expect(simulator.calls.filter(({ kind }) => kind === 'generate')).toEqual([]);

        store.unlock();
        const response = await answered(() => rota.chat(ASK));
        expect(response.status).toBe(200);
        expect(response.headers.get('x-rota-account')).toBe('one');
        // The key that was given out before is the key still.
        expect((await fetch(`${rota.url}/v1/models`)).status).toBe(401);
      });
    }
  });
}

describe('a credential store that is locked', () => {
  it('before a door stands open to nobody', async () => {
    await startLocked('locked', 'opened');
    const evil = head('GET /v1/models HTTP/1.1', 'Host: evil.example', `Authorization: Bearer ${rota.key}`);
    expect((await raw(portOf(rota.url), evil)).status).toBe(403);
  });

  it('while running takes nothing from those who are served', async () => {
    const store = await startLocked('locked', 'opened');
    store.unlock();
    expect((await answered(() => rota.chat(ASK))).status).toBe(200);
    store.lock('locked');
    expect((await rota.chat(ASK)).status).toBe(200);
    const status = await fetch(`${rota.url}/-/status`, {
      headers: { authorization: `Bearer ${rota.adminKey}` },
    });
    expect(status.status).toBe(200);
  });

  it('can be ended', async () => {
    await startLocked('locked', 'opened');
    const startedAt = performance.now();
    await rota.stop();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { setAccountSettings } from '../../src/accounts/account-changes.ts';
import { systemClock } from '../../src/clock.ts';
import { makeUpstream } from '../../src/upstream/undici-client.ts';
import { startHttpProxy, startSocksProxy } from '../rig/egress-proxy.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startRota } from './rota.ts';

/** Two accounts of one provider, of which the first one has a way out of its own. */
async function scene(egressProxy: string, env: Readonly<Record<string, string>> = {}) {
  const provider = await startSimulator({ models: ['m'] });
  for (const [key, label] of [
    ['sk-own', 'own'],
    ['sk-usual', 'usual'],
  ] as const) {
    provider.account(key, { label, models: ['m'] });
  }
  const rota = await startRota({
    upstream: `${provider.url}/v1`,
    accounts: [
      { label: 'own', key: 'sk-own' },
      { label: 'usual', key: 'sk-usual' },
    ],
    settings: { routing: { affinity: false } },
    parts: { loadUpstream: () => makeUpstream({ clock: systemClock, env }) },
    beforeStart: async ({ records }) => {
      const { accounts } = await records.read();
      const id = accounts.find(({ label }) => label === 'own')?.id ?? '';
      await records.change((content) => setAccountSettings(content, id, { egressProxy }));
    },
  });
  onTestFinished(async () => {
    await rota.close();
    await provider.close();
  });
  const answeredBy = async () => {
    const answer = await rota.chat({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
    await answer.text();
    expect(answer.status).toBe(200);
    return answer.headers.get('x-rota-account');
  };
  return { provider, answeredBy, host: new URL(provider.url).host };
}

describe('an account with an egress proxy of its own', () => {
  it.each([
    ['http', startHttpProxy],
    ['socks5', startSocksProxy],
  ])('is reached by it alone, its model list too, and others as ever (%s)', async (_scheme, start) => {
    const proxy = await start();
    const { answeredBy, host } = await scene(proxy.address);
    await expect.poll(() => proxy.tunnels).toEqual([host]);
    expect(new Set([await answeredBy(), await answeredBy()])).toEqual(new Set(['own', 'usual']));
    // Connections are kept: one more at the most, for the chat beside the list.
    expect(proxy.tunnels.every((tunnel) => tunnel === host)).toBe(true);
    expect(proxy.tunnels.length).toBeLessThanOrEqual(2);
  });

  it('goes before what the environment names, and `none` means straight', async () => {
    const common = await startHttpProxy();
    const { answeredBy } = await scene('none', { HTTP_PROXY: common.address, HTTPS_PROXY: common.address });
    const seen: (readonly [string | null, number])[] = [];
    for (let asked = 0; asked < 2; asked += 1) seen.push([await answeredBy(), common.tunnels.length]);
    expect(new Set(seen.map(([label]) => label))).toEqual(new Set(['own', 'usual']));
    expect(common.tunnels.length).toBeGreaterThan(0);
  });

  it('is not reached any other way while its proxy is gone: another account answers', async () => {
    const { provider, answeredBy } = await scene('http://127.0.0.1:9');
    expect([await answeredBy(), await answeredBy()]).toEqual(['usual', 'usual']);
    expect(provider.calls.filter(({ key }) => key === 'sk-own').length).toBeLessThanOrEqual(1);
  });
});

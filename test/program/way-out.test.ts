import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../rig/certificate.ts';
import { startHttpProxy, startHttpsProxy } from '../rig/egress-proxy.ts';
import type { RotaHome } from './rota-home.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

async function scene(): Promise<{ stage: Stage; home: RotaHome; hosts: readonly string[] }> {
  const stage = await openStage();
  onTestFinished(() => stage.close());
  const hosts = [stage.provider.url, stage.authorization.issuer].map((address) => new URL(address).host);
  return { stage, home: await stage.home(), hosts };
}

describe('proxy login by a way out', () => {
  it('goes it from its first call on, keeps it for the account, and renews by it', async () => {
    const { stage, home, hosts } = await scene();
    const proxy = await startHttpProxy();
    const ended = await stage.login(home, 'ada', '--label', 'desk', '--egress-proxy', proxy.address);
    expect(ended).toMatchObject({ code: 0 });
    expect(new Set(proxy.tunnels)).toEqual(new Set(hosts));
    expect(await home.recorded()).toMatchObject([{ label: 'desk', egressProxy: proxy.address }]);
    const before = proxy.tunnels.length;
    await stage.login(home, 'ada', '--label', 'desk');
    expect(new Set(proxy.tunnels.slice(before))).toEqual(new Set(hosts));
    expect(await home.recorded()).toMatchObject([{ label: 'desk', egressProxy: proxy.address }]);
  });

  it('is back on the usual way with "default"', async () => {
    const { stage, home } = await scene();
    const proxy = await startHttpProxy();
    await stage.login(home, 'ada', '--label', 'desk', '--egress-proxy', proxy.address);
    const before = proxy.tunnels.length;
    await stage.login(home, 'ada', '--label', 'desk', '--egress-proxy', 'default');
    expect(proxy.tunnels).toHaveLength(before);
    expect((await home.recorded())[0]).not.toHaveProperty('egressProxy');
  });

  it('begins nothing where it is none', async () => {
    const { stage, home } = await scene();
    const { code, stderr } = await home.run(['login', 'demo', '--egress-proxy', 'ftp://proxy.example']);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The egress proxy must be'),
    });
    expect(stage.tokens).toEqual([]);
  });

  it('may lead through TLS, to a proxy that NODE_EXTRA_CA_CERTS vouches for and to no other', async () => {
    const { stage, home, hosts } = await scene();
    const own = makeCertificate();
    const proxy = await startHttpsProxy(own);
    const file = join(home.root, 'company.pem');
    await writeFile(file, own.certificate);
    const words = ['login', 'demo', '--no-browser', '--egress-proxy', proxy.address];
    const stranger = await home.run(words);
    expect(stranger.code).not.toBe(0);
    expect(stranger.stderr).toMatch(/self-signed certificate|certificate/);
    expect(proxy.tunnels).toEqual([]);
    const program = home.start(words, { stdin: 'open', env: { NODE_EXTRA_CA_CERTS: file } });
    const [, url = ''] = await program.said(/(http:\/\/\S+[?&]code_challenge=\S+)\n/);
    await stage.authorization.consent(url, { login: 'ada' });
    expect(await program.ended).toMatchObject({ code: 0 });
    expect(new Set(proxy.tunnels)).toEqual(new Set(hosts));
  });
});

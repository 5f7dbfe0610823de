import { describe, expect, it, vi } from 'vitest';
import { answeredBy, serve } from './daemon.ts';
import { MODEL, openStage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000 });

const LIFE_S = 3;
/** A tenth of a life is left unused: on a busy machine a request may be on its way for longer than a tenth of a short one. */
const LONGER_LIFE_S = 8;

describe.concurrent('tokens while the proxy runs', () => {
  it('are refreshed ahead of their end, once each time, though many requests come at once', async ({
    onTestFinished,
  }) => {
    const issuedAt = new Map<string, number>();
    const stage = await openStage({
      accessTokenSeconds: LONGER_LIFE_S,
      onIssued: (token) => issuedAt.set(token, Date.now()),
    });
    onTestFinished(() => stage.close());
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    const key = await home.done('key');
    const proxy = await serve(home);
    const refreshes = () =>
      stage.authorization.calls.filter(({ grantType }) => grantType === 'refresh_token');
    const statuses = new Set<number>();
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(Array.from({ length: 10 }, () => proxy.chat({ key })));
        await Promise.all(answers.map((answer) => answer.text()));
        for (const { status } of answers) statuses.add(status);
        expect(refreshes().length).toBeGreaterThanOrEqual(2);
      },
      { timeout: 60_000, interval: 20 },
    );
    await expect(proxy.stop()).resolves.toBe(0);
    expect(statuses).toEqual(new Set([200]));
    expect(refreshes().every(({ status }) => status === 200)).toBe(true);
    const late = stage.provider.calls.filter(
      ({ key: token = '', at }) => at > (issuedAt.get(token) ?? 0) + LONGER_LIFE_S * 1000,
    );
    expect(late).toEqual([]);
    // A start may find the token that the sign-in brought past its time already; from then on each lives its life.
    const times = [...issuedAt.values()].slice(1);
    const spans = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThan(LONGER_LIFE_S * 1000 * 0.7);
  });

  it('that cannot be refreshed any more are told, leave the rest to others, and are cured by a new sign-in', async ({
    onTestFinished,
  }) => {
    const stage = await openStage({ accessTokenSeconds: LIFE_S });
    onTestFinished(() => stage.close());
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    stage.provider.account('sk-other', { label: 'other', models: [MODEL] });
    const endpoint = ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`, '--api-key-stdin'];
    await home.run(['login', 'compatible', ...endpoint, '--label', 'other'], { stdin: 'sk-other' });
    const key = await home.done('key');
    const proxy = await serve(home);
    // By then the proxy knows which models it has.
    await vi.waitFor(async () => expect(await answeredBy(await proxy.chat({ key }))).toBe('ada'), {
      timeout: 60_000,
    });
    stage.authorization.expireRefreshTokens();
    await proxy.program.said(/needs a new sign-in: `proxy login demo/);
    const refused = stage.authorization.calls.filter(({ error }) => error === 'invalid_grant');
    expect(refused).toHaveLength(1);
    const answers = await Promise.all([1, 2, 3, 4].map(async () => answeredBy(await proxy.chat({ key }))));
    expect(new Set(answers)).toEqual(new Set(['other']));

    const told = await home.run(['status']);
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(/^ada +demo +needs login/m);
    expect(told.stdout).toMatch(/ada: .*Sign in again: `proxy login demo --label ada`/);
    await home.done('accounts', 'disable', 'other');
    const alone = await home.run(['status', '--json']);
    expect(alone.code).toBe(3);
    expect(alone.stderr).toContain(
      'No account can serve without a new sign-in. Begin with `proxy login demo --label ada`.',
    );
    expect(JSON.parse(alone.stdout)).toMatchObject({
      accounts: [{ label: 'ada', state: 'needs-login' }, {}],
    });
    const nobody = await proxy.chat({ key });
    expect(nobody.status).toBe(403);
    expect(await nobody.text()).toContain('proxy login demo');
    // Nobody asks again with a token that was refused for good.
    expect(stage.authorization.calls.filter(({ error }) => error === 'invalid_grant')).toHaveLength(1);

    const cured = await stage.login(home, 'ada');
    expect(cured.stdout).toContain('Renewed "ada"');
    await expect(proxy.chat({ key }).then(answeredBy)).resolves.toBe('ada');
    expect((await home.run(['status'])).code).toBe(0);
    await expect(proxy.stop()).resolves.toBe(0);
  });

  it('that were refused, and put right while no proxy ran, serve from its start on', async ({
    onTestFinished,
  }) => {
    const stage = await openStage();
    onTestFinished(() => stage.close());
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    const key = await home.done('key');
    const proxy = await serve(home);
    stage.authorization.expireRefreshTokens();
    stage.provider.always(stage.tokens[0] ?? '', { kind: 'status', status: 401 });
    stage.provider.always(stage.tokens[1] ?? '', { kind: 'status', status: 401 });
    const refused = await proxy.chat({ key });
    expect(refused.status).toBe(403);
    // Whoever asks next is told the same reason, though there is nothing left to send.
    for (const answer of [refused, await proxy.chat({ key })]) {
      const told = await answer.text();
      expect(told).toMatch(/no longer accepts this sign-in|needs a new sign-in/);
      expect(told).toContain('proxy login demo');
    }
    await expect(proxy.stop()).resolves.toBe(0);
    expect((await home.run(['status'])).code).toBe(3);
    await stage.login(home, 'ada');
    const again = await serve(home);
    await expect(again.chat({ key }).then(answeredBy)).resolves.toBe('ada');
    await expect(again.stop()).resolves.toBe(0);
  });
});

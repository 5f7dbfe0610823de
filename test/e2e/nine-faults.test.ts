import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { completeSignIn } from '../../src/accounts/sign-in.ts';
import { systemClock } from '../../src/clock.ts';
import { makeRegistry } from '../../src/providers/registry.ts';
import { Secret } from '../../src/secret.ts';
import * as faults from '../simulator/faults.ts';
import { eventsOf } from './client.ts';
import { errorOf, generations, stage, standingClock, type Scene } from './scene.ts';

/** The faults of the system that this one follows, each shown to be absent. */
describe('the nine known faults are absent', () => {
  test.each([false, true])(
    '1: with every account spent the answer is the 429 in JSON, not a 500 in plain text (stream: %s)',
    async (stream) => {
      const scene = await stage();
      scene.simulator.script('*', faults.rateLimited({ seconds: 20 }), faults.rateLimited({ seconds: 40 }));
      const answer = await scene.chat({ stream });
      expect(answer.status).toBe(429);
      expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'retry-after': '20' });
      expect(errorOf(answer)).toMatchObject({
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        accounts: [{ account: 'one' }, { account: 'two' }],
      });
    },
  );

  test('2: with switching off, a 429 on a streaming request is a 429, not a 200 with an empty stream', async () => {
    const scene = await stage({ settings: { quotaExceeded: { switchAccount: false } } });
    scene.simulator.script('*', faults.rateLimited({ seconds: 20 }));
    const answer = await scene.chat({ stream: true });
    expect(answer.status).toBe(429);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(errorOf(answer).code).toBe('rate_limit_exceeded');
  });

  test.each([400, 404])('3: the body of a %i is there once, and is JSON', async (status) => {
    const scene = await stage();
    const complaint = { message: 'No such thing.', code: null };
    scene.simulator.script('*', faults.status(status, complaint));
    const answer = await scene.chat();
    expect(answer.status).toBe(status);
    expect(errorOf(answer).message).toBe('No such thing.');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(scene.asked()).toEqual(['one']);
  });

  test('4: a failure after content starts no second answer in the same stream', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.broken({ events: 3 }, 'reset'));
    const answer = await scene.chat({ stream: true });
    expect(answer.text).not.toContain('two');
    expect(eventsOf(answer.text).filter((data) => data.includes('"role"'))).toHaveLength(1);
    expect(scene.asked()).toEqual(['one']);
  });

  test('5: an account that answers 500 rests, and does not take attempt after attempt', async () => {
    const scene = await stage({
      accounts: ['one', 'two', 'three'],
      settings: { routing: { strategy: 'round-robin', affinity: false } },
      clock: standingClock(),
    });
    scene.simulator.always('key-one', faults.serverError());
    for (let turn = 0; turn < 9; turn += 1) expect((await scene.chat()).status).toBe(200);
    expect(scene.asked().filter((label) => label === 'one')).toHaveLength(1);
    scene.clock.advance(5000);
    for (let turn = 0; turn < 9; turn += 1) expect((await scene.chat()).status).toBe(200);
    expect(scene.asked().filter((label) => label === 'one')).toHaveLength(2);
    expect((await scene.account('one')).rests).toEqual([{ kind: 'transport', waitMs: 10_000 }]);
  });

  test('6: Retry-After is read, and without it the account is left alone longer each time', async () => {
    const scene = await stage({ clock: standingClock() });
    const waits = [faults.rateLimited({ seconds: 30 }), faults.rateLimited(), faults.rateLimited()];
    const seen: number[] = [];
    for (const says of waits) {
      scene.simulator.script('key-one', says);
      await scene.chat();
      const [rest] = (await scene.account('one')).rests;
      seen.push(rest?.waitMs ?? 0);
      scene.clock.advance(rest?.waitMs ?? 0);
    }
    expect(seen).toEqual([30_000, 1000, 2000]);
  });

  test('7: many requests that meet a limit at once leave one mark, the longest', async () => {
    const scene = await stage({ clock: standingClock() });
    const waits = [39, ...Array.from({ length: 19 }, (_, index) => 20 + ((index * 7) % 19))];
    scene.simulator.script(
      'key-one',
      ...waits.map((seconds) => ({ ...faults.rateLimited({ seconds }), headersAfterMs: 200 })),
    );
    const answers = await Promise.all(waits.map(async () => scene.chat()));
    expect(answers.map(({ headers }) => headers['x-rota-account'])).toEqual(waits.map(() => 'two'));
    const mark = [{ kind: 'throttle', waitMs: 39_000 }];
    expect((await scene.account('one')).rests).toEqual(mark);
    await scene.restart();
    expect((await scene.account('one')).rests).toEqual(mark);
  });

  test('8: a token is refreshed ahead of its end, and so is that of an account added while running', async () => {
    const { scene, issuer } = await withIssuer();
    await signIn(scene, issuer, { label: 'early', lifeMs: 1000 });
    await issuer.refreshed('early');
    const used = async () => {
      await scene.chat();
      return generations(scene.simulator).at(-1)?.key;
    };
    await expect.poll(used, { interval: 5 }).toBe('early-1');
    // Nothing was refused: the new token was there before the old one had ended.
    expect(new Set(generations(scene.simulator).map(({ status }) => status))).toEqual(new Set([200]));
    expect(issuer.refreshes()).toEqual(['early']);
  });

  test('8: a token that is refused is refreshed once, however many requests meet it, and they all succeed', async () => {
    const { scene, issuer } = await withIssuer();
    await signIn(scene, issuer, { label: 'early', lifeMs: 3_600_000 });
    scene.simulator.always('early-0', { kind: 'status', status: 401, headersAfterMs: 50 });
    const answers = await Promise.all([1, 2, 3, 4].map(async () => scene.chat()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(issuer.refreshes()).toEqual(['early']);
    expect((await scene.account('early')).rests).toEqual([]);
  });

  test('9: an error inside a stream that has begun is an event, in the frame of one', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.broken({ events: 3 }, 'reset'));
    const { text } = await scene.chat({ stream: true });
    expect(text.endsWith('}}\n\n')).toBe(true);
    const last = text.slice(text.lastIndexOf('\n\n', text.length - 3) + 2);
    expect(last.startsWith('data: {"error":')).toBe(true);
    expect(errorOf({ text: last.slice('data: '.length) })).toMatchObject({
      type: 'server_error',
      param: null,
    });
  });
});

interface Issuer {
  readonly url: string;
  /** Whose tokens were refreshed, in order. */
  refreshes(): readonly string[];
  refreshed(label: string): Promise<void>;
}

/** An authorization server that only refreshes; the n-th token of an account is `<label>-<n>`. */
async function startIssuer(accept: (token: string, label: string) => void): Promise<Issuer> {
  const refreshes: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const label = new URLSearchParams(body).get('refresh_token') ?? '';
      refreshes.push(label);
      const token = `${label}-${refreshes.filter((one) => one === label).length}`;
      accept(token, label);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }));
      server.emit('refreshed');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    refreshes: () => refreshes,
    async refreshed(label) {
      while (!refreshes.includes(label)) await once(server, 'refreshed');
    },
  };
}

function labSettings(simulatorUrl: string, tokenEndpoint: string) {
  return {
    providers: {
      lab: {
        protocols: { 'openai-chat': `${simulatorUrl}/v1` },
        login: {
          kind: 'authorization-code' as const,
          clientId: 'rota',
          authorizationEndpoint: `${new URL(tokenEndpoint).origin}/authorize`,
          tokenEndpoint,
        },
      },
    },
  };
}

async function withIssuer(): Promise<{ scene: Scene; issuer: Issuer }> {
  const known: { scene?: Scene } = {};
  const issuer = await startIssuer((token, label) => known.scene?.simulator.account(token, { label }));
  const scene = await stage({ accounts: [], settings: ({ url }) => labSettings(url, issuer.url) });
  known.scene = scene;
  return { scene, issuer };
}

/** Signs in to a running daemon's records, as `proxy login` does beside it. */
async function signIn(
  { simulator, rota }: Scene,
  issuer: Issuer,
  { label, lifeMs }: { readonly label: string; readonly lifeMs: number },
): Promise<void> {
  simulator.account(`${label}-0`, { label });
  const { providers } = labSettings(simulator.url, issuer.url);
  const provider = makeRegistry({ settings: providers }).get('lab');
  if (provider === undefined) throw new Error('There is no provider lab.');
  await completeSignIn(
    { vault: rota.vault, records: rota.records, fetch, clock: systemClock, userAgent: 'rota/test' },
    {
      provider,
      label,
      proof: {
        kind: 'answer',
        answer: {
          kind: 'tokens',
          accessToken: new Secret(`${label}-0`),
          refreshToken: new Secret(label),
          expiresAt: Date.now() + lifeMs,
          claims: {},
        },
      },
    },
  );
  const headers = { authorization: `Bearer ${rota.adminKey}` };
  await fetch(`${rota.url}/-/reload`, { method: 'POST', headers });
}

import { describe, expect, it } from 'vitest';
import { failureOf, realFetch, START_MS } from '../../test/rig/accounts.ts';
import { refuseWith, tokenAnswer, world } from '../../test/rig/tokens.ts';
import { RotaError } from '../failure.ts';
import type { ServiceAccountLogin } from '../oauth/types.ts';
import { Secret } from '../secret.ts';
import type { ServiceAccountCredential } from './credential.ts';
import type { MintToken } from './minted-token.ts';

const LIFE_MS = 3_600_000;
const way: ServiceAccountLogin = { kind: 'service-account', scopes: ['cloud'] };
const credential: ServiceAccountCredential = {
  kind: 'serviceAccount',
  clientEmail: 'rota@my-project.example',
  privateKey: new Secret('the private key'),
  keyId: 'a1b2',
  tokenEndpoint: 'https://id.example/token',
};

/** A daemon whose one account has such a key; the endpoint gives `token-1`, `token-2` …, or does what `refusal` does. */
async function mintingWorld(refusal: (asked: number) => MintToken | undefined = () => undefined) {
  const asked: Parameters<MintToken>[] = [];
  const clock = { now: () => START_MS };
  const mintToken: MintToken = async (...words) => {
    asked.push(words);
    const refuse = refusal(asked.length);
    if (refuse !== undefined) return refuse(...words);
    // Whoever asks meanwhile is to wait for this one.
    await new Promise((resolve) => setImmediate(resolve));
    return tokenAnswer(`token-${asked.length}`, clock.now());
  };
  const made = await world({ credential, mintToken, login: [way] });
  clock.now = made.time.clock.now;
  const secret = async () => (await made.tokens.secretFor('one')).reveal();
  return { ...made, secret, asked };
}

const refuse =
  (final: boolean): MintToken =>
  async (login, key, context) =>
    refuseWith(final)({ ...login, kind: 'device-code' }, key.privateKey, context);

describe('an account with the key of a service account', () => {
  it('asks once for fifty who need a token, with its key and the scopes of its provider', async () => {
    const { tokens, secret, asked, store, stored } = await mintingWorld();
    expect(asked).toHaveLength(0);
    expect(tokens.status('one')?.state).toBe('ready');
    const all = await Promise.all(Array.from({ length: 50 }, secret));
    expect(new Set(all)).toEqual(new Set(['token-1']));
    expect(asked).toHaveLength(1);
    const [login, key, context] = asked[0] ?? [];
    expect(login).toEqual(way);
    expect(key).toMatchObject({ clientEmail: credential.clientEmail, keyId: 'a1b2' });
    expect(key?.privateKey.equals('the private key')).toBe(true);
    expect(context?.signal?.aborted).toBe(false);
    // By the account's own way out.
    expect(context?.fetch).toBe(realFetch);
    // The token is nowhere but in memory.
    expect(store.written).toEqual([]);
    expect(stored()).toMatchObject({ kind: 'serviceAccount' });
  });

  it('asks ahead of the end where the account is in use, and not where it rests', async () => {
    const { tokens, secret, asked, time } = await mintingWorld();
    await secret();
    time.advance(LIFE_MS / 2);
    expect(await secret()).toBe('token-1');
    time.advance(0.4 * LIFE_MS);
    await tokens.loaded();
    expect(asked).toHaveLength(2);
    expect(tokens.peek('one')?.equals('token-2')).toBe(true);
    time.advance(LIFE_MS);
    await tokens.loaded();
    expect(asked).toHaveLength(3);
    // Nobody has asked since.
    time.advance(10 * LIFE_MS);
    await tokens.loaded();
    expect(asked).toHaveLength(3);
    expect(await secret()).toBe('token-4');
  });

  it('asks anew after a refusal, once for all who were refused', async () => {
    const { tokens, secret, asked } = await mintingWorld();
    const used = new Secret(await secret());
    const renewed = await Promise.all([1, 2, 3].map(() => tokens.refreshNow('one', used)));
    expect(renewed.map((one) => (one === 'cannot' ? one : one.reveal()))).toEqual(Array(3).fill('token-2'));
    expect(asked).toHaveLength(2);
  });

  it('needs a sign-in where it is refused for good: that is recorded, told once, and never asked again', async () => {
    const { tokens, asked, lines, records, time, start } = await mintingWorld(() => refuse(true));
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await failureOf(tokens.secretFor('one'))).toMatchObject({
        kind: 'needs-login',
        message: expect.stringMatching(/proxy login acme --label "one".*invalid_grant/),
      });
      time.advance(LIFE_MS);
    }
    expect(asked).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(tokens.status('one')).toMatchObject({ state: 'needs-login' });
    const { accounts } = await records.read();
    expect(accounts[0]?.needsLogin?.reason).toContain('invalid_grant');
    const next = start();
    next.reload(accounts);
    expect(await failureOf(next.secretFor('one'))).toMatchObject({ kind: 'needs-login' });
    expect(asked).toHaveLength(1);
  });

  it('is left alone for a while where the endpoint is in trouble, longer each time, and needs no sign-in', async () => {
    const { tokens, secret, asked, records, time, lines } = await mintingWorld((tries) =>
      tries <= 2 ? refuse(false) : undefined,
    );
    for (let tries = 0; tries < 5; tries += 1) {
      expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'refresh', final: false });
    }
    expect(asked).toHaveLength(1);
    expect(tokens.status('one')).toMatchObject({ state: 'expired', retryAt: START_MS + 5_000 });
    time.advance(5_000);
    await tokens.loaded();
    await failureOf(secret());
    expect(asked).toHaveLength(2);
    time.advance(9_999);
    await failureOf(secret());
    expect(asked).toHaveLength(2);
    time.advance(1);
    await tokens.loaded();
    expect(await secret()).toBe('token-3');
    expect(tokens.status('one')?.state).toBe('ready');
    expect((await records.read()).accounts[0]).not.toHaveProperty('needsLogin');
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('says so where its provider takes no service accounts any more, and nothing of what went wrong inside', async () => {
    const gone = await world({ credential });
    const failure = await failureOf(gone.tokens.secretFor('one'));
    expect(failure).toMatchObject({ kind: 'refresh', final: false });
    expect(failure.message).toContain('the provider "acme" takes no service accounts any more');
    const { tokens } = await mintingWorld(() => () => Promise.reject(new Error('the private key')));
    const inside = await failureOf(tokens.secretFor('one'));
    expect(inside).toMatchObject({ kind: 'refresh', final: false });
    expect(inside.message).not.toContain('the private key');
  });

  it('stops asking at the end', async () => {
    const { tokens, asked, lines } = await mintingWorld(
      () =>
        (_login, _key, { signal }) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () =>
              reject(new RotaError({ kind: 'cancelled', message: 'Cancelled.' })),
            );
          }),
    );
    const failure = failureOf(tokens.secretFor('one'));
    await Promise.resolve();
    await tokens.close();
    expect(await failure).toMatchObject({ kind: 'cancelled' });
    expect(asked).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});

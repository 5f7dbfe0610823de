import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/rig/accounts.ts';
import { Secret } from '../secret.ts';
import { decodeCredential, encodeCredential } from './credential-codec.ts';
import type { Credential } from './credential.ts';

const account = { label: 'work', provider: 'acme' };

function plain(credential: object): unknown {
  return Object.fromEntries(
    Object.entries(credential).map(([name, value]: [string, unknown]) => {
      if (value instanceof Secret) return [name, { secret: value.reveal() }];
      return [name, name === 'client' ? plain(value as object) : value];
    }),
  );
}

const secret = fc.string({ minLength: 1, unit: 'binary' }).map((text) => new Secret(text));
const word = fc.string({ minLength: 1 });
const moment = fc.integer({ min: 0 });
const credential: fc.Arbitrary<Credential> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('apiKey' as const), key: secret }),
  fc.record(
    {
      kind: fc.constant('oauth' as const),
      refreshToken: secret,
      accessToken: secret,
      expiresAt: moment,
      issuedAt: moment,
      login: fc.constantFrom('authorization-code' as const, 'device-code' as const),
      client: fc.record({ id: word, secret }, { requiredKeys: ['id'] }),
    },
    { requiredKeys: ['kind', 'refreshToken'] },
  ),
  fc.record(
    {
      kind: fc.constant('serviceAccount' as const),
      clientEmail: word,
      privateKey: secret,
      keyId: word,
      tokenEndpoint: word,
    },
    { requiredKeys: ['kind', 'clientEmail', 'privateKey', 'tokenEndpoint'] },
  ),
  fc.record({
    kind: fc.constant('command' as const),
    argv: fc.array(word, { minLength: 1 }),
    lifetimeMs: fc.integer({ min: 1 }),
  }),
);

describe('the stored form of a credential', () => {
  it('gives back what was put in', () => {
    fc.assert(
      fc.property(credential, (given) => {
        expect(plain(decodeCredential(encodeCredential(given), account))).toEqual(plain(given));
      }),
    );
  });

  it.each([
    'sk-not-json-at-all',
    '',
    'null',
    '[]',
    '{"version":2,"kind":"apiKey","key":"sk-secret"}',
    '{"version":1,"kind":"apiKey"}',
    '{"version":1,"kind":"apiKey","key":""}',
    '{"version":1,"kind":"oauth"}',
    '{"version":1,"kind":"oauth","refreshToken":7}',
    '{"version":1,"kind":"command","argv":[],"lifetimeMs":1}',
    '{"version":1,"kind":"command","argv":["sk-x",7],"lifetimeMs":1}',
    '{"version":1,"kind":"command","argv":["sk-x"]}',
    '{"version":1,"kind":"serviceAccount","clientEmail":"a@b","privateKey":"sk-x"}',
    '{"version":1,"kind":"serviceAccount","clientEmail":"a@b","tokenEndpoint":"https://sk-x"}',
    '{"version":1,"kind":"serviceAccount","privateKey":"sk-x","tokenEndpoint":"https://x"}',
    '{"version":1,"kind":"serviceAccount","clientEmail":"a@b","privateKey":{},"tokenEndpoint":"https://sk-x"}',
    '{"version":1,"kind":"other","key":"sk-secret"}',
  ])('is corrupt as %s, and the failure names the account and nothing of the text', async (text) => {
    const failure = await failureOf(() => decodeCredential(new Secret(text), account));
    expect(failure).toMatchObject({ kind: 'store', problem: 'corrupt' });
    expect(failure.message).toContain('"work"');
    expect(failure.message).not.toMatch(/sk-/);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { readServiceAccountFile } from './service-account-file.ts';

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const elliptic = {
  privateKey: pem(curve.privateKey),
  publicKey: curve.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};

const whole = {
  type: 'service_account',
  project_id: 'my-project',
  private_key_id: 'a1b2',
  private_key: rsa,
  client_email: 'rota@my-project.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
};

const read = (text: string) => readServiceAccountFile(new Secret(text));
const readWith = (fields: object) => read(JSON.stringify({ ...whole, ...fields }));

describe("the file with a service account's key", () => {
  it('gives who it is, the key, and the project that it is of', () => {
    const reading = read(`\uFEFF${JSON.stringify(whole)}`);
    expect(reading).toEqual({
      kind: 'key',
      key: {
        clientEmail: whole.client_email,
        privateKey: expect.any(Secret),
        keyId: 'a1b2',
        tokenEndpoint: whole.token_uri,
      },
      projectId: 'my-project',
    });
    expect(reading.kind === 'key' && reading.key.privateKey.equals(rsa)).toBe(true);
    expect(JSON.stringify(reading)).not.toContain('PRIVATE KEY');
  });

  it('needs neither the id of the key nor a project, and takes an endpoint on this machine', () => {
    const { project_id: _project, private_key_id: _id, ...rest } = whole;
    const reading = read(JSON.stringify({ ...rest, token_uri: 'http://127.0.0.1:1/token' }));
    expect(reading).toEqual({
      kind: 'key',
      key: {
        clientEmail: whole.client_email,
        privateKey: expect.any(Secret),
        tokenEndpoint: 'http://127.0.0.1:1/token',
      },
    });
  });

  it.each<[string, object, RegExp]>([
    ['the sign-in of a person', { type: 'authorized_user' }, /is of the type "authorized_user"/],
    ['no type', { type: undefined }, /another type.*"service_account"/],
    ['something else as its type', { type: rsa }, /another type/],
    ['an application', { type: undefined, installed: { client_id: 'x' } }, /registered application/],
    ['no address of the account', { client_email: undefined }, /no "client_email"/],
    ['an address of two lines', { client_email: 'a@b\nc' }, /"client_email" that is not one word/],
    ['no private key', { private_key: undefined }, /no "private_key"/],
    ['an empty private key', { private_key: ' ' }, /no "private_key"/],
    ['a damaged private key', { private_key: rsa.slice(0, 400) }, /"private_key" that cannot be read/],
    ['a public key', { private_key: elliptic.publicKey }, /"private_key" that cannot be read/],
    ['a key of another kind', { private_key: elliptic.privateKey }, /not of the kind RSA/],
    ['no token endpoint', { token_uri: undefined }, /no "token_uri"/],
    [
      'an open one',
      { token_uri: 'http://oauth2.example.com/token' },
      /"token_uri" that nothing may be sent to/,
    ],
    ['a metadata service', { token_uri: 'https://169.254.169.254/token' }, /nothing may be sent to/],
    ['no address', { token_uri: 'oauth2.googleapis.com' }, /nothing may be sent to/],
  ])('is refused with %s, and nothing of a key is told', (_name, fields, problem) => {
    const reading = readWith(fields);
    expect(reading).toEqual({ kind: 'none', problem: expect.stringMatching(problem) });
    expect(JSON.stringify(reading)).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(reading)).not.toContain(rsa.slice(40, 60));
  });

  it.each(['', 'null', '[]', rsa])('is not JSON (%#)', (text) => {
    expect(read(text)).toEqual({ kind: 'none', problem: 'is not JSON.' });
  });
});

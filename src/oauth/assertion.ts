import { createPrivateKey, sign } from 'node:crypto';
import { Secret } from '../secret.ts';
import type { ServiceAccountKey } from './types.ts';

/** How long what was signed may be traded in, in seconds: the most that is accepted. */
const lifetimeSeconds = 3600;

/**
 * What a service account says of itself, signed with its key (RFC 7523 §3, RFC 7515; RS256 of RFC 7518 §3.3), as
 * developers.google.com/identity/protocols/oauth2/service-account wants it: `sub` is left out, since it means there another person
 * for whom the account acts.
 * @throws what the platform throws for a key that it cannot read.
 */
export function signedAssertion(key: ServiceAccountKey, scopes: readonly string[], nowMs: number): Secret {
  const { clientEmail, privateKey, keyId, tokenEndpoint } = key;
  const iat = Math.floor(nowMs / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) };
  const claims = {
    iss: clientEmail,
    scope: scopes.join(' '),
    aud: tokenEndpoint,
    iat,
    exp: iat + lifetimeSeconds,
  };
  const content = `${encoded(header)}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(content), createPrivateKey(privateKey.reveal()));
  return new Secret(`${content}.${signature.toString('base64url')}`);
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

import type { Account } from './account.ts';
import type { Credential } from './credential.ts';
import { RotaError } from '../failure.ts';
import type { OAuthClient } from '../oauth/types.ts';
import { Secret } from '../secret.ts';

const VERSION = 1;

/** A credential as the text of one item of the credential store. */
export function encodeCredential(credential: Credential): Secret {
  return new Secret(JSON.stringify({ version: VERSION, ...plainForm(credential) }));
}

/**
 * Reads what {@link encodeCredential} wrote.
 * @throws RotaError of kind `store`, problem `corrupt`, that names the account and nothing of the item's text.
 */
export function decodeCredential(item: Secret, account: Pick<Account, 'label' | 'provider'>): Credential {
  const credential = credentialIn(parsed(item.reveal()));
  if (credential !== undefined) return credential;
  throw new RotaError({
    kind: 'store',
    problem: 'corrupt',
    message: `The stored credential of the account "${account.label}" is not one that this Rota can read. Sign in again: \`proxy login ${account.provider} --label "${account.label}"\`.`,
  });
}

function plainForm(credential: Credential): Record<string, unknown> {
  const { kind } = credential;
  if (kind === 'none') return { kind };
  if (kind === 'command') return { kind, argv: credential.argv, lifetimeMs: credential.lifetimeMs };
  if (kind === 'apiKey') return { kind, key: credential.key.reveal() };
  if (kind === 'serviceAccount') return { ...credential, privateKey: credential.privateKey.reveal() };
  const { refreshToken, accessToken, expiresAt, issuedAt, login, client } = credential;
  return {
    kind,
    refreshToken: refreshToken?.reveal(),
    accessToken: accessToken?.reveal(),
    expiresAt,
    issuedAt,
    login,
    ...(client !== undefined && { client: { id: client.id, secret: client.secret?.reveal() } }),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // The parser's own message quotes the text, which is secret.
    return {};
  }
}

function credentialIn(item: Readonly<Record<string, unknown>>): Credential | undefined {
  if (item['version'] !== VERSION) return undefined;
  switch (item['kind']) {
    case 'none':
      return { kind: 'none' };
    case 'apiKey':
      return isWord(item['key']) ? { kind: 'apiKey', key: new Secret(item['key']) } : undefined;
    case 'command':
      return commandIn(item);
    case 'serviceAccount':
      return serviceAccountIn(item);
    case 'oauth':
      return oauthIn(item);
    default:
      return undefined;
  }
}

function commandIn({ argv, lifetimeMs }: Readonly<Record<string, unknown>>): Credential | undefined {
  if (!Array.isArray(argv) || !isWord(argv[0]) || !argv.every((word) => typeof word === 'string'))
    return undefined;
  return isMoment(lifetimeMs) && lifetimeMs > 0 ? { kind: 'command', argv, lifetimeMs } : undefined;
}

function serviceAccountIn(item: Readonly<Record<string, unknown>>): Credential | undefined {
  const { clientEmail, privateKey, keyId, tokenEndpoint } = item;
  if (!isWord(clientEmail) || !isWord(privateKey) || !isWord(tokenEndpoint)) return undefined;
  return {
    kind: 'serviceAccount',
    clientEmail,
    privateKey: new Secret(privateKey),
    ...(isWord(keyId) && { keyId }),
    tokenEndpoint,
  };
}

function oauthIn(item: Readonly<Record<string, unknown>>): Credential | undefined {
  const { refreshToken, accessToken, expiresAt, issuedAt, login } = item;
  const client = clientIn(item['client']);
  if (!isWord(refreshToken) && !isWord(accessToken)) return undefined;
  return {
    kind: 'oauth',
    ...(isWord(refreshToken) && { refreshToken: new Secret(refreshToken) }),
    ...(isWord(accessToken) && { accessToken: new Secret(accessToken) }),
    ...(isMoment(expiresAt) && { expiresAt }),
    ...(isMoment(issuedAt) && { issuedAt }),
    ...((login === 'authorization-code' || login === 'device-code') && { login }),
    ...(client !== undefined && { client }),
  };
}

function clientIn(value: unknown): OAuthClient | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, secret }: { id?: unknown; secret?: unknown } = value;
  return isWord(id) ? { id, ...(isWord(secret) && { secret: new Secret(secret) }) } : undefined;
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

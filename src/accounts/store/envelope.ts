import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { storeFailure } from './store-failure.ts';

const MAGIC = Buffer.from('ROTACRED', 'latin1');
const VERSION = 1;
const SALT_BYTES = 16;
const KEY_ID_BYTES = 8;
const CHECK_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Magic, version, key kind, log2 N, r, p, salt, key id, check. */
const FIELDS_BYTES = MAGIC.length + 5 + SALT_BYTES + KEY_ID_BYTES;
const HEADER_BYTES = FIELDS_BYTES + CHECK_BYTES + IV_BYTES;
/** What scrypt may use for a key, in bytes: eight times what it takes today. */
export const MAX_SCRYPT_BYTES = 2 ** 30;
const CIPHER = 'aes-256-gcm';
const INFO = 'rota credential file v1';

/** How the key of a file comes about: from a passphrase, or from a key that lies in a file of its own. */
export type KeyKind = 'passphrase' | 'file';

/** What it takes, besides the passphrase or the key file, to make the key. */
export interface KeyParameters {
  readonly kind: KeyKind;
  readonly salt: Uint8Array;
  /** Of scrypt (RFC 7914); nothing to a key file. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** The key itself, and what tells it from another without giving it away. */
export interface FileKey {
  readonly key: Uint8Array;
  readonly id: Uint8Array;
}

export interface Envelope {
  readonly parameters: KeyParameters;
  readonly keyId: Uint8Array;
  /** Everything before the ciphertext; authenticated with it. */
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** N=2^17, r=8, p=1: half a second, 128 MiB. */
export function newParameters(kind: KeyKind): KeyParameters {
  return { kind, salt: randomBytes(SALT_BYTES), logN: 17, r: 8, p: 1 };
}

/** Makes the file's key from what scrypt or the key file gave (HKDF, RFC 5869). */
export function fileKey(master: Uint8Array, salt: Uint8Array): FileKey {
  const bytes = Buffer.from(hkdfSync('sha256', master, salt, INFO, KEY_BYTES + KEY_ID_BYTES));
  return { key: bytes.subarray(0, KEY_BYTES), id: bytes.subarray(KEY_BYTES) };
}

/**
 * Encrypts with AES-256-GCM and an initialisation vector of its own:
 * magic, version, key parameters, key id, check, iv, ciphertext, tag.
 */
export function seal(parameters: KeyParameters, key: FileKey, plaintext: Uint8Array): Uint8Array {
  const { kind, logN, r, p, salt } = parameters;
  const numbers = Buffer.of(VERSION, kind === 'passphrase' ? 1 : 2, logN, r, p);
  const fields = Buffer.concat([MAGIC, numbers, salt, key.id]);
  const iv = randomBytes(IV_BYTES);
  const header = Buffer.concat([fields, check(fields), iv]);
  const cipher = createCipheriv(CIPHER, key.key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Takes a file apart without the key.
 * @throws RotaError of kind `store`, problem `corrupt`, where it is not such a file or its header was changed. The
 * header has a check of its own, so that damage to it does not look like a wrong passphrase.
 */
export function parseEnvelope(path: string, bytes: Buffer): Envelope {
  if (bytes.length < HEADER_BYTES + TAG_BYTES) throw corrupt(path, 'it is too short');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw corrupt(path, 'it does not begin as one');
  const fields = bytes.subarray(0, FIELDS_BYTES);
  if (!check(fields).equals(bytes.subarray(FIELDS_BYTES, FIELDS_BYTES + CHECK_BYTES)))
    throw corrupt(path, 'its header was changed');
  const [version, kind, logN = 0, r = 0, p = 0] = fields.subarray(MAGIC.length);
  if (version !== VERSION)
    throw corrupt(path, `it has version ${String(version)}, and this program knows ${VERSION}`);
  // What this program never writes could only be there to exhaust the memory.
  if (kind === 1 && 128 * 2 ** logN * r > MAX_SCRYPT_BYTES)
    throw corrupt(path, 'its key needs too much memory');
  const saltStart = MAGIC.length + 5;
  const salt = fields.subarray(saltStart, saltStart + SALT_BYTES);
  return {
    parameters: { kind: kind === 1 ? 'passphrase' : 'file', salt, logN, r, p },
    keyId: fields.subarray(saltStart + SALT_BYTES),
    header: bytes.subarray(0, HEADER_BYTES),
    body: bytes.subarray(HEADER_BYTES),
  };
}

/**
 * Decrypts with a key whose id is the envelope's.
 * @throws RotaError of kind `store`, problem `corrupt`, where so much as a bit was changed.
 */
export function unseal(path: string, envelope: Envelope, key: FileKey): Uint8Array {
  const iv = envelope.header.subarray(HEADER_BYTES - IV_BYTES);
  const decipher = createDecipheriv(CIPHER, key.key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(envelope.header);
  decipher.setAuthTag(envelope.body.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(envelope.body.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw corrupt(path, 'its content was changed');
  }
}

export function corrupt(path: string, reason: string): Error {
  return storeFailure(
    'corrupt',
    `The credential file "${path}" is damaged (${reason}): put back a copy of it, or move it away and sign in again.`,
  );
}

function check(fields: Uint8Array): Buffer {
  return createHash('sha256').update(fields).digest().subarray(0, CHECK_BYTES);
}

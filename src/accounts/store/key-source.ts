import { randomBytes, scrypt } from 'node:crypto';
import type { Secret } from '../../secret.ts';
import { fileKey, type FileKey, type KeyKind, type KeyParameters, MAX_SCRYPT_BYTES } from './envelope.ts';
import { readPrivateFile, replacePrivateFile } from './private-file.ts';
import { storeFailure } from './store-failure.ts';

const KEY_BYTES = 32;
/** scrypt needs 128 * N * r bytes and a little more; by default Node allows a quarter of what these parameters take. */
const MAX_MEMORY_BYTES = MAX_SCRYPT_BYTES + 2 ** 20;

/** Where the key of the encrypted file comes from. */
export interface KeySource {
  readonly kind: KeyKind;
  /** The key of the file that lies at `path`. */
  existingKey(path: string, parameters: KeyParameters): Promise<FileKey>;
  /** The key of a file that is about to be made; called under the file's lock, when there is none. */
  newKey(parameters: KeyParameters, lost: AbortSignal): Promise<FileKey>;
  /** What to say when the key is not the one the file was written with. */
  mismatch(path: string): string;
}

/** The key from a passphrase, by scrypt (RFC 7914), half a second once for each salt. */
export function passphraseKey(passphrase: Secret): KeySource {
  const derived = new Map<string, Promise<FileKey>>();

  function key(parameters: KeyParameters): Promise<FileKey> {
    const { salt, logN, r, p } = parameters;
    const name = [Buffer.from(salt).toString('hex'), logN, r, p].join(' ');
    const known = derived.get(name) ?? deriveKey(passphrase, parameters);
    derived.set(name, known);
    return known;
  }

  return {
    kind: 'passphrase',
    existingKey: (_path, parameters) => key(parameters),
    newKey: (parameters) => key(parameters),
    mismatch: (path) =>
      `The passphrase is not the one that the credential file "${path}" was encrypted with: give the right one, or move the file away and sign in again.`,
  };
}

async function deriveKey(passphrase: Secret, parameters: KeyParameters): Promise<FileKey> {
  // The same letters may be typed as different code points.
  const password = passphrase.reveal().normalize('NFC');
  const { salt, logN, r, p } = parameters;
  const master = await new Promise<Uint8Array>((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N: 2 ** logN, r, p, maxmem: MAX_MEMORY_BYTES }, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
  });
  return fileKey(master, salt);
}

/** A random key in a file of its own, with mode 0600. It is made with the first encrypted file, and never again. */
export function keyFileKey(keyPath: string): KeySource {
  async function read(): Promise<Buffer | undefined> {
    const bytes = await readPrivateFile(keyPath);
    if (bytes !== undefined && bytes.length !== KEY_BYTES)
      throw storeFailure(
        'corrupt',
        `The key file "${keyPath}" is damaged (it has ${bytes.length} bytes, not ${KEY_BYTES}): put back a copy of it.`,
      );
    return bytes;
  }

  return {
    kind: 'file',
    async existingKey(path, parameters) {
      const master = await read();
      if (master === undefined)
        throw storeFailure(
          'no-passphrase',
          `The key file "${keyPath}" is missing, and the credential file "${path}" cannot be read without it: put the key file back, or move the credential file away and sign in again.`,
        );
      return fileKey(master, parameters.salt);
    },
    async newKey(parameters, lost) {
      const found = await read();
      const master = found ?? randomBytes(KEY_BYTES);
      if (found === undefined) await replacePrivateFile(keyPath, master, lost);
      return fileKey(master, parameters.salt);
    },
    mismatch: (path) =>
      `The key file "${keyPath}" does not belong to the credential file "${path}": put the right one back, or move the credential file away and sign in again.`,
  };
}

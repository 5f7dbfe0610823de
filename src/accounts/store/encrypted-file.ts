import { Secret } from '../../secret.ts';
import { withLock } from '../lock.ts';
import { corrupt, type FileKey, type KeyKind, type KeyParameters } from './envelope.ts';
import { newParameters, parseEnvelope, seal, unseal } from './envelope.ts';
import type { KeySource } from './key-source.ts';
import { readPrivateFile, replacePrivateFile } from './private-file.ts';
import { storeFailure } from './store-failure.ts';
import type { CredentialStore } from './store.ts';

type Content = ReadonlyMap<string, string>;

interface Opened {
  readonly parameters: KeyParameters;
  readonly key: FileKey;
  readonly content: Content;
}

/**
 * Credentials in one encrypted file, for machines without a keychain. Any number of processes may use it at the same
 * time: whoever writes takes its lock, reads it anew and replaces it in one step.
 * @throws RotaError of kind `store`, from every method: `wrong-passphrase`, `no-passphrase`, `corrupt`,
 * `readable-by-others` or `unwritable`.
 */
export function encryptedFileStore(path: string, source: KeySource): CredentialStore {
  async function change(work: (content: Map<string, string>) => void): Promise<void> {
    // Makes the key, which takes a while, before others are kept waiting.
    await readEncrypted(path, source);
    await withLock(
      path,
      async (lost) => {
        const old = await readEncrypted(path, source);
        const content = new Map(old?.content);
        work(content);
        const parameters = old?.parameters ?? newParameters(source.kind);
        const key = old?.key ?? (await source.newKey(parameters, lost));
        await replacePrivateFile(path, seal(parameters, key, encode(content)), lost);
      },
      { failure: (message) => ({ kind: 'store', problem: 'unwritable', message }) },
    );
  }

  return {
    kind: source.kind,
    async get(name) {
      const value = (await readEncrypted(path, source))?.content.get(name);
      return value === undefined ? undefined : new Secret(value);
    },
    set: (name, value) => change((content) => content.set(name, value.reveal())),
    async delete(name) {
      if (!(await readEncrypted(path, source))?.content.has(name)) return false;
      let existed = false;
      await change((content) => {
        existed = content.delete(name);
      });
      return existed;
    },
    async list() {
      return [...((await readEncrypted(path, source))?.content.keys() ?? [])];
    },
  };
}

/**
 * What kind of key the file at `path` needs; `undefined` where there is no file.
 * @throws RotaError of kind `store`: `corrupt`, `readable-by-others`, `unwritable`.
 */
export async function encryptedFileKind(path: string): Promise<KeyKind | undefined> {
  const bytes = await readPrivateFile(path);
  return bytes === undefined ? undefined : parseEnvelope(path, bytes).parameters.kind;
}

async function readEncrypted(path: string, source: KeySource): Promise<Opened | undefined> {
  const bytes = await readPrivateFile(path);
  if (bytes === undefined) return undefined;
  const envelope = parseEnvelope(path, bytes);
  const { parameters } = envelope;
  if (parameters.kind !== source.kind) throw otherKind(path, parameters.kind);
  const key = await source.existingKey(path, parameters);
  if (!Buffer.from(envelope.keyId).equals(key.id))
    throw storeFailure('wrong-passphrase', source.mismatch(path));
  return { parameters, key, content: decode(path, unseal(path, envelope, key)) };
}

function otherKind(path: string, kind: KeyKind): Error {
  const way = kind === 'passphrase' ? 'a passphrase' : 'a key file';
  return storeFailure(
    'wrong-passphrase',
    `The credential file "${path}" was encrypted with ${way}: set ROTA_KEYCHAIN=${kind}, or move the file away and sign in again.`,
  );
}

function encode(content: Content): Uint8Array {
  return Buffer.from(JSON.stringify([...content]), 'utf8');
}

function decode(path: string, plaintext: Uint8Array): Content {
  const value: unknown = JSON.parse(Buffer.from(plaintext).toString('utf8'));
  if (!Array.isArray(value) || !value.every(isItem)) throw corrupt(path, 'its content has another form');
  return new Map(value);
}

function isItem(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

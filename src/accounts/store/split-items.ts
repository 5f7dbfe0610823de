import { createHash } from 'node:crypto';
import { RotaError } from '../../failure.ts';
import type { Items } from './items.ts';

const WHOLE = 0;
const SPLIT = 1;
/** Kind, generation, number of parts (16 bits), SHA-256 of the value. */
const POINTER_BYTES = 4 + 32;
/** A value may be replaced while its parts are read; then the new pointer is followed. */
const READ_TRIES = 5;

type Generation = 'a' | 'b';

interface Pointer {
  readonly generation: Generation;
  readonly parts: number;
  readonly digest: Uint8Array;
}

/**
 * Lays a value that is too long for one item over numbered parts (`name#a.0`, `name#a.1`, …). The item itself then
 * points to them, and does so only once all are written: whenever writing is interrupted, the value is the old one
 * or the new one. Two generations of parts, `a` and `b`, take turns, so that what an interrupted write left is found
 * and removed by the next. Writers of one name must exclude each other; readers need not.
 *
 * For the Windows Credential Manager, whose items hold 2560 bytes (CRED_MAX_CREDENTIAL_BLOB_SIZE).
 */
export function splitItems(items: Items, maxItemBytes: number): Items {
  return {
    async get(name) {
      for (let tries = 0; tries < READ_TRIES; tries += 1) {
        const first = await items.get(name);
        if (first === undefined) return undefined;
        if (first[0] === WHOLE) return first.subarray(1);
        const pointer = decodePointer(first);
        const value = pointer && (await readParts(items, name, pointer));
        if (value !== undefined) return value;
      }
      throw incomplete(name);
    },

    async set(name, value) {
      if (value.length < maxItemBytes) {
        await items.set(name, Buffer.concat([Buffer.of(WHOLE), value]));
        await removeParts(items, name, 'a', 0);
        await removeParts(items, name, 'b', 0);
        return;
      }
      const old = await currentGeneration(items, name);
      const generation = old === 'a' ? 'b' : 'a';
      const parts = Math.ceil(value.length / maxItemBytes);
      for (let part = 0; part < parts; part += 1) {
        const start = part * maxItemBytes;
        await items.set(partName(name, generation, part), value.subarray(start, start + maxItemBytes));
      }
      await removeParts(items, name, generation, parts);
      await items.set(name, encodePointer({ generation, parts, digest: digest(value) }));
      await removeParts(items, name, generation === 'a' ? 'b' : 'a', 0);
    },

    async delete(name) {
      await removeParts(items, name, 'a', 0);
      await removeParts(items, name, 'b', 0);
      // Last, so that an interrupted removal is seen and can be repeated.
      return items.delete(name);
    },
  };
}

async function readParts(items: Items, name: string, pointer: Pointer): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  for (let part = 0; part < pointer.parts; part += 1) {
    const bytes = await items.get(partName(name, pointer.generation, part));
    if (bytes === undefined) return undefined;
    parts.push(bytes);
  }
  const value = Buffer.concat(parts);
  return digest(value).equals(pointer.digest) ? value : undefined;
}

/** From the last one down: what is left after an interruption is again numbered without a gap, and found the next time. */
async function removeParts(items: Items, name: string, generation: Generation, from: number): Promise<void> {
  let end = from;
  while ((await items.get(partName(name, generation, end))) !== undefined) end += 1;
  for (let part = end - 1; part >= from; part -= 1) await items.delete(partName(name, generation, part));
}

async function currentGeneration(items: Items, name: string): Promise<Generation | undefined> {
  const first = await items.get(name);
  // An item that cannot be read must not keep a new value from replacing it.
  return first === undefined ? undefined : decodePointer(first)?.generation;
}

function partName(name: string, generation: Generation, part: number): string {
  return `${name}#${generation}.${part}`;
}

function encodePointer(pointer: Pointer): Uint8Array {
  const bytes = Buffer.alloc(POINTER_BYTES);
  bytes[0] = SPLIT;
  bytes[1] = pointer.generation === 'a' ? 0 : 1;
  bytes.writeUInt16BE(pointer.parts, 2);
  bytes.set(pointer.digest, 4);
  return bytes;
}

function decodePointer(bytes: Uint8Array): Pointer | undefined {
  if (bytes[0] !== SPLIT || bytes.length !== POINTER_BYTES) return undefined;
  return {
    generation: bytes[1] === 0 ? 'a' : 'b',
    parts: Buffer.from(bytes).readUInt16BE(2),
    digest: bytes.subarray(4),
  };
}

function digest(value: Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}

function incomplete(name: string): RotaError {
  return new RotaError({
    kind: 'store',
    problem: 'corrupt',
    message: `The keychain item "${name}" is incomplete: sign in again to replace it.`,
  });
}

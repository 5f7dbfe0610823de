import { RotaError } from '../failure.ts';
import type { Extra } from './request.ts';

/** Something of a request that could not be carried as it was. */
export interface Dropped {
  /** The client's or the neutral name: `seed`, `cache_control`, `image detail`. */
  readonly name: string;
  /** What was sent in its place; absent where nothing was. */
  readonly instead?: string;
}

/** As a person is told of it: by name, and what was sent instead behind it. */
export function wordsOf({ name, instead }: Dropped): string {
  return instead === undefined ? name : `${name} (${instead})`;
}

/** Collects what was dropped, each name once, in the order in which it was met. */
export interface DropList {
  note(name: string, instead?: string): void;
  list(): readonly Dropped[];
}

export function makeDropList(): DropList {
  const byName = new Map<string, Dropped>();
  return {
    note(name, instead) {
      if (!byName.has(name)) byName.set(name, instead === undefined ? { name } : { name, instead });
    },
    list: () => [...byName.values()],
  };
}

/**
 * A request that would mean something else without the thing: refused before anything is sent.
 * @param param the thing, in the client's own word
 */
export function refusal(param: string, message: string): RotaError {
  return new RotaError({ kind: 'invalid-request', message, param });
}

export function cannotCarry(param: string): RotaError {
  return refusal(
    param,
    `'${param}' cannot be carried to the protocol of the model that would answer. Leave it out, or choose a model whose provider speaks your protocol.`,
  );
}

/**
 * Leaves out what the protocol has no place for, and reports it.
 * @param carried names of extras that the encoder writes itself
 * @throws RotaError of kind `invalid-request` for the first that is meant
 */
export function dropExtras(extras: readonly Extra[], carried: ReadonlySet<string>, drops: DropList): void {
  for (const { name, weight } of extras) {
    if (carried.has(name)) continue;
    if (weight === 'meant') throw cannotCarry(name);
    drops.note(name);
  }
}

/**
 * Reports the marks of other protocols: cache marks, citations, a tool's options. An extension is an object whose
 * members carry the names that its own protocol gives them.
 */
export function noteMarks(marked: readonly object[], ownProtocol: string, drops: DropList): void {
  for (const thing of marked) {
    const extensions = 'extensions' in thing ? thing.extensions : undefined;
    if (typeof extensions !== 'object' || extensions === null) continue;
    for (const [protocol, members] of Object.entries(extensions)) {
      if (protocol !== ownProtocol) for (const name of Object.keys(Object(members))) drops.note(name);
    }
  }
}

import type { Items } from './items.ts';

/** No caller's item is called so: theirs are words, with or without a colon. */
const INDEX = '#index';

/** The names of the items in a keychain that cannot be asked for them. */
export interface ItemIndex {
  names(): Promise<readonly string[]>;
  add(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/**
 * Keeps the names of the items in an item of its own. The bindings' own search is no use here: it hands out every
 * secret in order to name them, and on Linux it cannot be pinned to one store.
 * @param exclusively does its work while no other process changes the index
 */
export function keepIndex(items: Items, exclusively: <T>(work: () => Promise<T>) => Promise<T>): ItemIndex {
  async function names(): Promise<readonly string[]> {
    const bytes = await items.get(INDEX);
    return bytes === undefined ? [] : decode(bytes);
  }

  async function change(name: string, present: boolean): Promise<void> {
    const before = await names();
    const after = present ? [...before, name] : before.filter((other) => other !== name);
    await items.set(INDEX, Buffer.from(JSON.stringify(after)));
  }

  return {
    names,
    async add(name) {
      // Nearly always there already: a look is cheaper than the lock.
      if ((await names()).includes(name)) return;
      await exclusively(async () => {
        if (!(await names()).includes(name)) await change(name, true);
      });
    },
    async remove(name) {
      if (!(await names()).includes(name)) return;
      await exclusively(() => change(name, false));
    },
  };
}

/** What cannot be read counts as empty: the index says what there is, and must not keep anyone from signing in. */
function decode(bytes: Uint8Array): readonly string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

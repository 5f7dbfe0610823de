import { describe, expect, it } from 'vitest';
import { keepIndex } from './item-index.ts';
import type { Items } from './items.ts';

function memory(): { items: Items; content: Map<string, Uint8Array> } {
  const content = new Map<string, Uint8Array>();
  const items: Items = {
    get: (name) => Promise.resolve(content.get(name)),
    set: async (name, value) => void content.set(name, value),
    delete: async (name) => content.delete(name),
  };
  return { items, content };
}

const alone = <T>(work: () => Promise<T>): Promise<T> => work();

describe('keepIndex', () => {
  it('names what was added and not removed, once each', async () => {
    const index = keepIndex(memory().items, alone);
    expect(await index.names()).toEqual([]);
    await index.add('b');
    await index.add('a');
    await index.add('b');
    await index.add('__proto__');
    await index.remove('a');
    await index.remove('never there');
    expect(await index.names()).toEqual(['b', '__proto__']);
  });

  it('looks again once it has the lock, and so keeps what another added meanwhile', async () => {
    const { items } = memory();
    const other = keepIndex(items, alone);
    const index = keepIndex(items, async (work) => {
      await other.add('theirs');
      return work();
    });
    await index.add('ours');
    expect(await index.names()).toEqual(['theirs', 'ours']);
  });

  it.each(['', '{', '{"a":1}', 'null'])('starts anew from an unreadable index: %j', async (text) => {
    const { items, content } = memory();
    const index = keepIndex(items, alone);
    await index.add('a');
    for (const name of content.keys()) content.set(name, Buffer.from(text));
    await index.add('b');
    expect(await index.names()).toEqual(['b']);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Items } from './items.ts';
import { splitItems } from './split-items.ts';

const LIMIT = 64;

/** A keychain in memory that refuses what is too long, and every change after the first `changes`. */
function memory(changes = Number.POSITIVE_INFINITY): { items: Items; content: Map<string, Uint8Array> } {
  const content = new Map<string, Uint8Array>();
  let left = changes;
  const change = (): void => {
    if (left <= 0) throw new Error('interrupted');
    left -= 1;
  };
  const items: Items = {
    get: (name) => Promise.resolve(content.get(name)),
    async set(name, value) {
      change();
      if (value.length > LIMIT) throw new Error(`${value.length} bytes do not fit`);
      content.set(name, Uint8Array.from(value));
    },
    async delete(name) {
      change();
      return content.delete(name);
    },
  };
  return { items, content };
}

/** The same content under a keychain that can be interrupted. */
function interrupted(content: ReadonlyMap<string, Uint8Array>, changes: number): ReturnType<typeof memory> {
  const other = memory(changes);
  for (const [name, value] of content) other.content.set(name, value);
  return other;
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}

const values = fc.uint8Array({ maxLength: 6 * LIMIT, size: 'max' });

describe('splitItems', () => {
  it('gives back any value, the last one written, whatever their lengths', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 5 }), async (written) => {
        const { items } = memory();
        const split = splitItems(items, LIMIT);
        for (const value of written) {
          await split.set('a', value);
          expect(text(await split.get('a'))).toBe(text(value));
        }
      }),
    );
  });

  it.each([LIMIT - 2, LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT])('keeps %i bytes', async (length) => {
    const split = splitItems(memory().items, LIMIT);
    await split.set('a', Buffer.alloc(length, 7));
    expect(text(await split.get('a'))).toBe('07'.repeat(length));
  });

  it('keeps to what one item holds, and leaves no part of an older value', async () => {
    const { items, content } = memory();
    const split = splitItems(items, LIMIT);
    await split.set('a', Buffer.alloc(5 * LIMIT, 1));
    await split.set('a', Buffer.alloc(2 * LIMIT, 2));
    expect([...content.keys()].sort()).toEqual(['a', 'a#b.0', 'a#b.1']);
    await split.set('a', Buffer.alloc(3, 3));
    expect([...content.keys()]).toEqual(['a']);
  });

  it('keeps items of different names apart', async () => {
    const split = splitItems(memory().items, LIMIT);
    await split.set('a', Buffer.alloc(200, 1));
    await split.set('b', Buffer.alloc(200, 2));
    expect(await split.delete('a')).toBe(true);
    expect(text(await split.get('b'))).toBe('02'.repeat(200));
  });

  it('knows nothing of what was never written, and nothing is left after a removal', async () => {
    const { items, content } = memory();
    const split = splitItems(items, LIMIT);
    expect(await split.get('a')).toBeUndefined();
    expect(await split.delete('a')).toBe(false);
    await split.set('a', Buffer.alloc(300));
    expect(await split.delete('a')).toBe(true);
    expect(content.size).toBe(0);
  });

  it('holds the old value or the new one wherever writing is interrupted, and the next write leaves nothing over', async () => {
    await fc.assert(
      fc.asyncProperty(values, values, values, fc.nat(20), async (old, value, next, changes) => {
        const before = memory();
        await splitItems(before.items, LIMIT).set('a', old);
        const { items, content } = interrupted(before.content, changes);
        await splitItems(items, LIMIT)
          .set('a', value)
          .catch(() => undefined);
        const after = interrupted(content, Number.POSITIVE_INFINITY);
        const split = splitItems(after.items, LIMIT);
        expect([text(old), text(value)]).toContain(text(await split.get('a')));

        await split.set('a', next);
        expect(text(await split.get('a'))).toBe(text(next));
        const parts = next.length < LIMIT ? 0 : Math.ceil(next.length / LIMIT);
        expect(after.content.size).toBe(1 + parts);
      }),
      { numRuns: 300 },
    );
  });

  it('can be removed for good after an interrupted removal', async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.nat(8), async (value, changes) => {
        const before = memory();
        await splitItems(before.items, LIMIT).set('a', value);
        const cut = interrupted(before.content, changes);
        await splitItems(cut.items, LIMIT)
          .delete('a')
          .catch(() => undefined);
        const after = interrupted(cut.content, Number.POSITIVE_INFINITY);
        await splitItems(after.items, LIMIT).delete('a');
        expect(after.content.size).toBe(0);
      }),
    );
  });

  it('follows the new value when the old one is replaced while it is being read', async () => {
    const { items } = memory();
    const writer = splitItems(items, LIMIT);
    await writer.set('a', Buffer.alloc(200, 1));
    let replaced = false;
    const reader = splitItems(
      {
        ...items,
        async get(name) {
          if (name.endsWith('.1') && !replaced) {
            replaced = true;
            await writer.set('a', Buffer.alloc(300, 2));
            await writer.set('a', Buffer.alloc(300, 3));
          }
          return items.get(name);
        },
      },
      LIMIT,
    );
    expect(text(await reader.get('a'))).toBe('03'.repeat(300));
  });

  it('says that an item is damaged, and lets a new value replace it', async () => {
    const { items, content } = memory();
    const split = splitItems(items, LIMIT);
    await split.set('a', Buffer.alloc(200, 1));
    content.set('a#a.1', Buffer.alloc(LIMIT, 9));
    await expect(split.get('a')).rejects.toMatchObject({ failure: { kind: 'store', problem: 'corrupt' } });
    content.set('a', Buffer.from('not a pointer'));
    await expect(split.get('a')).rejects.toMatchObject({ failure: { kind: 'store', problem: 'corrupt' } });
    await split.set('a', Buffer.alloc(200, 2));
    expect(text(await split.get('a'))).toBe('02'.repeat(200));
  });
});

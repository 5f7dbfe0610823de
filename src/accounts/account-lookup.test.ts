import { describe, expect, it } from 'vitest';
import { failureOf, START_MS } from '../../test/rig/accounts.ts';
import { addAccount } from './account-changes.ts';
import { findAccount } from './account-lookup.ts';
import type { RecordsContent } from './records-content.ts';
import { EMPTY_RECORDS } from './records-content.ts';

const addedAt = new Date(START_MS).toISOString();
const { accounts } = [
  ['id-1', 'acme', 'work'],
  ['id-2', 'acme', 'Home'],
  ['id-3', 'solo', 'me@example.com'],
  ['id-4', 'other', 'acme'],
].reduce<RecordsContent>(
  (content, [id = '', provider = '', label = '']) => addAccount(content, { id, provider, label, addedAt }),
  EMPTY_RECORDS,
);

describe('findAccount', () => {
  it.each([
    { reference: 'work', id: 'id-1' },
    { reference: 'WORK', id: 'id-1' },
    { reference: 'id-2', id: 'id-2' },
    { reference: 'acme/Home', id: 'id-2' },
    { reference: 'acme/home', id: 'id-2' },
    { reference: 'solo', id: 'id-3' },
    // A label goes before a provider.
    { reference: 'acme', id: 'id-4' },
  ])('takes $reference for $id', ({ reference, id }) => {
    expect(findAccount(accounts, reference).id).toBe(id);
  });

  it('names the accounts that a provider could mean', async () => {
    const failure = await failureOf(() => findAccount(accounts.slice(0, 3), 'acme'));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain('"work", "Home"');
  });

  it.each([
    { reference: 'wrok', near: '"work"' },
    { reference: 'me@exmaple.com', near: '"me@example.com"' },
    { reference: 'example.com', near: '"me@example.com"' },
    { reference: 'zzzzzz', near: '`proxy accounts`' },
    { reference: '', near: '`proxy accounts`' },
  ])('does not know $reference, and suggests $near', async ({ reference, near }) => {
    const failure = await failureOf(() => findAccount(accounts, reference));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(`There is no account "${reference}".`);
    expect(failure.message).toContain(near);
  });

  it('says how to begin where there is none', async () => {
    expect((await failureOf(() => findAccount([], 'work'))).message).toContain('proxy login');
  });
});

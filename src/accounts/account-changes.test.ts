import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf, START_MS } from '../../test/rig/accounts.ts';
import {
  addAccount,
  markNeedsLogin,
  removeAccount,
  renameAccount,
  renewAccount,
  setAccountSettings,
  setEnabled,
} from './account-changes.ts';
import { freeLabel } from './account-label.ts';
import { findClash } from './account-lookup.ts';
import type { Account } from './account.ts';
import { addEndpoint, removeEndpoint } from './endpoint-changes.ts';
import type { RecordsContent } from './records-content.ts';
import { EMPTY_RECORDS } from './records-content.ts';

const addedAt = new Date(START_MS).toISOString();
const later = new Date(START_MS + 1000).toISOString();

function withAccounts(...accounts: readonly (readonly [id: string, label: string])[]): RecordsContent {
  return accounts.reduce<RecordsContent>(
    (content, [id, label]) => addAccount(content, { id, provider: 'acme', label, addedAt }),
    EMPTY_RECORDS,
  );
}

function accountIn(content: RecordsContent, id: string): Account | undefined {
  return content.accounts.find((account) => account.id === id);
}

describe('labels', () => {
  it.each(['work', 'WORK', ' work '])('that are taken are refused by name: %j', async (label) => {
    const content = withAccounts(['a', 'work'], ['b', 'home']);
    for (const change of [
      () => addAccount(content, { id: 'c', provider: 'other', label, addedAt }),
      () => renameAccount(content, 'b', label),
    ]) {
      const failure = await failureOf(change);
      expect(failure.kind).toBe('usage');
      expect(failure.message).toContain('"work" already belongs to an account of acme');
    }
  });

  it('may change their case', () => {
    expect(accountIn(renameAccount(withAccounts(['a', 'work']), 'a', 'Work'), 'a')?.label).toBe('Work');
  });

  it.each(['', '  ', 'two\nlines', 'bell\u0007', 'turned\u202eround', 'x'.repeat(101)])(
    'that nobody could tell apart or print are refused: %j',
    async (label) => {
      expect(await failureOf(() => renameAccount(withAccounts(['a', 'work']), 'a', label))).toMatchObject({
        kind: 'usage',
      });
    },
  );

  it('stay unique, whatever is added, renamed and removed', () => {
    const label = fc.constantFrom('a', 'A', 'b', 'b 2', 'B 2', 'c');
    const step = fc.tuple(fc.constantFrom('add', 'rename', 'remove'), fc.integer({ min: 0, max: 4 }), label);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let content = EMPTY_RECORDS;
        for (const [what, number, name] of steps) {
          const id = `id-${number}`;
          try {
            if (what === 'remove') content = removeAccount(content, id);
            else if (what === 'rename') content = renameAccount(content, id, name);
            else if (accountIn(content, id) === undefined) {
              const free = freeLabel(content.accounts, name, 'acme');
              content = addAccount(content, { id, provider: 'acme', label: free, addedAt });
            }
          } catch {
            // Refused: nothing may have changed.
          }
          expect(findClash(content.accounts)).toBeUndefined();
        }
      }),
    );
  });
});

describe('freeLabel', () => {
  const { accounts } = withAccounts(['a', 'me@example.com'], ['b', 'ME@example.com 2'], ['c', 'acme']);

  it.each([
    { wanted: 'you@example.com', label: 'you@example.com' },
    { wanted: 'me@example.com', label: 'me@example.com 3' },
    { wanted: undefined, label: 'acme 2' },
    { wanted: ' \n', label: 'acme 2' },
    { wanted: 'new\nline', label: 'newline' },
  ])('for $wanted is $label', ({ wanted, label }) => {
    expect(freeLabel(accounts, wanted, 'acme')).toBe(label);
  });
});

describe('an account', () => {
  it('begins enabled, with a plain share of turns', () => {
    expect(accountIn(withAccounts(['a', 'work']), 'a')).toEqual({
      id: 'a',
      provider: 'acme',
      label: 'work',
      addedAt,
      renewedAt: addedAt,
      enabled: true,
      priority: 0,
      weight: 1,
    });
  });

  it('that is renewed keeps its settings and needs no sign-in any more', () => {
    const refusal = { renewedAt: addedAt, since: later, reason: 'invalid_grant' };
    const refused = markNeedsLogin(
      setAccountSettings(setEnabled(withAccounts(['a', 'work']), 'a', false), 'a', { weight: 3 }),
      'a',
      refusal,
    );
    expect(accountIn(refused, 'a')?.needsLogin).toEqual({ since: later, reason: 'invalid_grant' });
    const renewed = accountIn(renewAccount(refused, 'a', { renewedAt: later, identity: 'u1' }), 'a');
    expect(renewed).toMatchObject({ renewedAt: later, identity: 'u1', weight: 3, enabled: false });
    expect(renewed).not.toHaveProperty('needsLogin');
  });

  it('is not said to need a sign-in for a credential that was replaced, or after it was removed', () => {
    const content = renewAccount(withAccounts(['a', 'work']), 'a', { renewedAt: later });
    const refusal = { renewedAt: addedAt, since: later, reason: 'invalid_grant' };
    expect(markNeedsLogin(content, 'a', refusal)).toBe(content);
    expect(markNeedsLogin(content, 'gone', refusal)).toBe(content);
  });

  it('takes settings, and loses them by null', () => {
    const settings = {
      weight: 2.5,
      priority: -1,
      maxConcurrent: 4,
      switchOn429: false,
      project: 'p-1',
      egressProxy: 'http://proxy.example.com:3128',
    };
    const set = setAccountSettings(withAccounts(['a', 'work']), 'a', settings);
    expect(accountIn(set, 'a')).toMatchObject(settings);
    const cleared = setAccountSettings(set, 'a', {
      weight: null,
      priority: null,
      maxConcurrent: null,
      switchOn429: null,
      project: null,
      egressProxy: null,
    });
    expect(cleared).toEqual(withAccounts(['a', 'work']));
  });

  it.each([
    { weight: 0 },
    { weight: -1 },
    { weight: Number.NaN },
    { weight: Number.POSITIVE_INFINITY },
    { priority: 1.5 },
    { maxConcurrent: 0 },
    { maxConcurrent: 1.5 },
    { project: 'two words' },
    { project: '' },
    { egressProxy: 'proxy.example.com' },
    { egressProxy: 'socks4://proxy.example.com' },
    { egressProxy: 'http://proxy.example.com/path' },
    { egressProxy: 'http://me:pass-word@proxy.example.com' },
  ])('refuses the settings %j, without repeating a password', async (settings) => {
    const failure = await failureOf(() => setAccountSettings(withAccounts(['a', 'work']), 'a', settings));
    expect(failure.kind).toBe('usage');
    expect(failure.message).not.toContain('pass-word');
  });

  it('that another command has removed cannot be changed, but removed again', async () => {
    const content = withAccounts(['a', 'work']);
    for (const change of [
      () => setEnabled(content, 'b', true),
      () => renewAccount(content, 'b', { renewedAt: later }),
      () => renameAccount(content, 'b', 'new'),
      () => setAccountSettings(content, 'b', {}),
    ]) {
      expect(await failureOf(change)).toMatchObject({ kind: 'not-found' });
    }
    expect(removeAccount(content, 'b')).toBe(content);
  });
});

describe('an endpoint', () => {
  const lab = { id: 'lab', label: 'Lab', baseUrl: 'http://127.0.0.1:8000/v1' };
  const moved = { ...lab, baseUrl: 'http://127.0.0.1:9000/v1' };

  it('may move while no account relies on it', () => {
    const content = addEndpoint(addEndpoint(EMPTY_RECORDS, lab), moved);
    expect(content.endpoints).toEqual([moved]);
    expect(removeEndpoint(content, 'lab')).toEqual(EMPTY_RECORDS);
  });

  it('stays where its accounts expect it', async () => {
    const content = addAccount(addEndpoint(EMPTY_RECORDS, lab), {
      id: 'a',
      provider: 'lab',
      label: 'work',
      addedAt,
    });
    expect((await failureOf(() => addEndpoint(content, moved))).message).toContain(lab.baseUrl);
    expect(addEndpoint(content, lab).endpoints).toEqual([lab]);
  });

  it('may hold no password', async () => {
    const failure = await failureOf(() =>
      addEndpoint(EMPTY_RECORDS, { ...lab, baseUrl: 'https://me:pass-word@llm.example.com/v1' }),
    );
    expect(failure.kind).toBe('usage');
    expect(failure.message).not.toContain('pass-word');
  });
});

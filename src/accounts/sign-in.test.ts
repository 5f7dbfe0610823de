import { describe, expect, it } from 'vitest';
import {
  answerJson,
  failureOf,
  manualTime,
  memoryStore,
  provider,
  providerAt,
  realFetch,
  recordAccount,
  server,
  START_MS,
  temporaryFolder,
} from '../../test/rig/accounts.ts';
import type { SignInAnswer } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import { Secret } from '../secret.ts';
import { removeAccount, setEnabled } from './account-changes.ts';
import type { AccountSettings } from './account-settings.ts';
import { openRecords } from './records.ts';
import type { SignInProof } from './sign-in-proof.ts';
import { completeSignIn } from './sign-in.ts';
import { openVault } from './vault.ts';

/** Tokens of the person that the claims name. */
function tokens(sub: string, name?: string): SignInProof {
  const answer: SignInAnswer = {
    kind: 'tokens',
    accessToken: new Secret(`access-of-${sub}`),
    refreshToken: new Secret(`refresh-of-${sub}`),
    expiresAt: START_MS + 3_600_000,
    claims: { sub, name },
  };
  return { kind: 'answer', answer };
}

function key(text: string): SignInProof {
  return { kind: 'key', key: new Secret(text) };
}

const identify: Provider['identify'] = (answer) => {
  const { sub, name } = answer.kind === 'tokens' ? answer.claims : answer.fields;
  return {
    ...(typeof sub === 'string' && { id: sub }),
    ...(typeof name === 'string' && { label: name }),
  };
};

interface Wish {
  readonly label?: string;
  readonly settings?: AccountSettings;
  readonly at?: Provider;
}

async function world(status = 200) {
  const store = memoryStore();
  const records = openRecords(temporaryFolder());
  const vault = openVault(records, store);
  const time = manualTime();
  const { url, requests } = await server((_, response) =>
    answerJson(response, status, status === 200 ? { data: [{ id: 'm' }] } : { error: { message: 'No.' } }),
  );
  const acme = providerAt(url, { identify });
  const other = providerAt(url, { identify, id: 'other' });
  const parts = { vault, records, fetch: realFetch, clock: time.clock, userAgent: 'rota/1' };
  const signIn = (proof: SignInProof, { at = acme, ...wish }: Wish = {}) =>
    completeSignIn(parts, { provider: at, proof, ...wish });
  const stored = async (id: string): Promise<string | undefined> => {
    const credential = await vault.credential(id);
    if (credential.kind === 'apiKey') return credential.key.reveal();
    return credential.kind === 'oauth' ? credential.accessToken?.reveal() : undefined;
  };
  const labels = async () => (await records.read()).accounts.map(({ label }) => label);
  return { store, records, vault, time, acme, other, requests, signIn, stored, labels };
}

describe('a first sign-in', () => {
  it('adds the account under the name that the provider gives, with what it proved itself with', async () => {
    const { signIn, stored, records, vault } = await world();
    const { account, renewed, models } = await signIn(tokens('u1', 'me@example.com'));
    expect(account).toMatchObject({
      provider: 'acme',
      label: 'me@example.com',
      identity: 'u1',
      enabled: true,
    });
    expect(renewed).toBe(false);
    expect(models).toEqual([{ id: 'm' }]);
    expect((await records.read()).accounts).toEqual([account]);
    expect(await stored(account.id)).toBe('access-of-u1');
    expect(await vault.credential(account.id)).toMatchObject({
      issuedAt: START_MS,
      expiresAt: START_MS + 3_600_000,
    });
  });

  it('takes the label and the settings that the person chose', async () => {
    const { signIn } = await world();
    const settings = { project: 'p-1', switchOn429: false, weight: 2 };
    const { account } = await signIn(tokens('u1', 'me'), { label: ' work ', settings });
    expect(account).toMatchObject({ label: 'work', ...settings });
  });

  it('takes a key as it comes from a clipboard', async () => {
    const { signIn, stored, requests } = await world();
    const { account } = await signIn(key('  sk-1\n'));
    expect(account.label).toBe('acme');
    expect(account).not.toHaveProperty('identity');
    expect(await stored(account.id)).toBe('sk-1');
    expect(requests[0]?.headers.authorization).toBe('Bearer sk-1');
  });

  it('needs no key for a local server', async () => {
    const { signIn, vault, requests } = await world();
    const first = await signIn({ kind: 'none' });
    expect(await vault.credential(first.account.id)).toEqual({ kind: 'none' });
    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(await signIn({ kind: 'none' })).toMatchObject({
      renewed: true,
      account: { id: first.account.id },
    });
  });

  it('keeps the key that a browser sign-in ended in', async () => {
    const { signIn, stored } = await world();
    const answer: SignInAnswer = { kind: 'key', key: new Secret('sk-2'), fields: { sub: 'u2' } };
    const { account } = await signIn({ kind: 'answer', answer });
    expect(account.identity).toBe('u2');
    expect(await stored(account.id)).toBe('sk-2');
  });
});

describe('a server without a model list', () => {
  const without = (at: Provider): Provider => ({
    ...at,
    ...(at.modelList && { modelList: { ...at.modelList, optional: true } }),
  });

  it.each([404, 405, 501])('that may do without one is taken on trust when it answers %s', async (status) => {
    const { signIn, acme, stored } = await world(status);
    const signedIn = await signIn(key('sk-1'), { at: without(acme) });
    expect(signedIn).not.toHaveProperty('models');
    expect(await stored(signedIn.account.id)).toBe('sk-1');
  });

  it.each([401, 403, 500])('is not trusted when it answers %s', async (status) => {
    const { signIn, acme, labels } = await world(status);
    const failure = await failureOf(signIn(key('sk-1'), { at: without(acme) }));
    expect(failure).toMatchObject({ kind: 'refused-by-provider', status });
    expect(await labels()).toEqual([]);
  });
});

describe('a credential that does not work', () => {
  it.each([401, 403, 404, 429, 500])(
    'is told by the answer %s to the trial, and nothing is kept',
    async (status) => {
      const { signIn, store, records } = await world(status);
      const failure = await failureOf(signIn(key('sk-1')));
      expect(failure).toMatchObject({ kind: 'refused-by-provider', status });
      expect(failure.message).toContain('"No."');
      expect(store.written).toEqual([]);
      expect((await records.read()).accounts).toEqual([]);
    },
  );

  it('is told by the address that answers to it alone, where the list of models answers everybody', async () => {
    const { url, requests } = await server((request, response) =>
      answerJson(response, request.url === '/whoami' && isBad(request.headers.authorization) ? 401 : 200, {
        data: [{ id: 'm' }],
      }),
    );
    const isBad = (authorization: string | undefined) => authorization !== 'Bearer sk-good';
    const { signIn, labels } = await world();
    const at = providerAt(url, { identify, probe: { url: `${url}/whoami`, protocol: 'openai-chat' } });
    expect(await failureOf(signIn(key('sk-bad'), { at }))).toMatchObject({ status: 401 });
    expect(await labels()).toEqual([]);
    expect((await signIn(key('sk-good'), { at })).models).toEqual([{ id: 'm' }]);
    expect(requests.map((request) => request.url)).toEqual(['/whoami', '/whoami', '/models']);
  });

  it('leaves the account as it was that it should have renewed', async () => {
    const { signIn, stored } = await world();
    const { account } = await signIn(key('sk-good'), { label: 'work' });
    const broken = providerAt('http://127.0.0.1:1', { identify });
    await failureOf(signIn(key('sk-bad'), { label: 'work', at: broken }));
    expect(await stored(account.id)).toBe('sk-good');
  });

  it.each(['', ' \n', 'two words', 'schlüssel'])(
    'is refused without a call where it is no key: %j',
    async (text) => {
      const { signIn, requests } = await world();
      const failure = await failureOf(signIn(key(text)));
      expect(failure.kind).toBe('usage');
      if (text.trim() !== '') expect(failure.message).not.toContain(text);
      expect(requests).toEqual([]);
    },
  );

  it('is refused without a call where the provider does not take its kind', async () => {
    const { signIn, acme, requests } = await world();
    const at: Provider = {
      ...acme,
      refuseKey: (secret) => (secret.reveal().startsWith('reserved-') ? 'Use a key of the API.' : undefined),
    };
    expect(await failureOf(signIn(key('reserved-1'), { at }))).toEqual({
      kind: 'sign-in',
      reason: 'unsupported',
      message: 'Use a key of the API.',
    });
    expect(requests).toEqual([]);
    await signIn(key('sk-1'), { at });
  });
});

describe('a further sign-in', () => {
  it('of the same identity renews: the settings stay, the need for it ends', async () => {
    const { signIn, records, time, labels } = await world();
    const first = await signIn(tokens('u1', 'me'), { label: 'work', settings: { weight: 3 } });
    await records.change((content) => setEnabled(content, first.account.id, false));
    time.advance(1000);
    const second = await signIn(tokens('u1', 'me'));
    expect(second.renewed).toBe(true);
    expect(second.account).toMatchObject({ id: first.account.id, label: 'work', weight: 3, enabled: false });
    expect(second.account.renewedAt).not.toBe(first.account.renewedAt);
    expect(await labels()).toEqual(['work']);
  });

  it('of another identity adds, with a number where the name is taken', async () => {
    const { signIn, labels } = await world();
    await signIn(tokens('u1', 'me'));
    await signIn(tokens('u2', 'Me'));
    await signIn(key('sk-1'));
    await signIn(key('sk-2'));
    expect(await labels()).toEqual(['me', 'Me 2', 'acme', 'acme 2']);
  });

  it('with a new label renames what it renews', async () => {
    const { signIn, labels } = await world();
    await signIn(tokens('u1', 'me'));
    await signIn(tokens('u1', 'me'), { label: 'work' });
    expect(await labels()).toEqual(['work']);
  });

  it('of the same identity in another project is another account', async () => {
    const { signIn, labels } = await world();
    await signIn(tokens('u1', 'me'), { settings: { project: 'p-1' } });
    await signIn(tokens('u1', 'me'), { settings: { project: 'p-2' } });
    const again = await signIn(tokens('u1', 'me'), { settings: { project: 'p-2' } });
    expect(again).toMatchObject({ renewed: true, account: { label: 'me 2', project: 'p-2' } });
    expect(await labels()).toEqual(['me', 'me 2']);
    const failure = await failureOf(signIn(tokens('u1', 'me')));
    expect(failure.message).toMatch(/"me", "me 2".*--label or --project/);
  });

  it('with a key renews the account of that label, and the one that has the very key', async () => {
    const { signIn, stored, labels } = await world();
    const { account } = await signIn(key('sk-1'), { label: 'work' });
    expect(await signIn(key('sk-2'), { label: 'work' })).toMatchObject({ renewed: true });
    expect(await stored(account.id)).toBe('sk-2');
    expect(await signIn(key('sk-2'))).toMatchObject({ renewed: true, account: { id: account.id } });
    expect(await labels()).toEqual(['work']);
  });

  it('may not take the label of another provider, nor of another identity; no call is made', async () => {
    const { signIn, other, requests, labels } = await world();
    await signIn(tokens('u1', 'me'), { label: 'work' });
    const callsBefore = requests.length;
    const foreign = await failureOf(signIn(key('sk-1'), { label: 'Work', at: other }));
    expect(foreign).toMatchObject({ kind: 'usage' });
    expect(foreign.message).toContain('"work" belongs to an account of acme');
    const stranger = await failureOf(signIn(tokens('u2', 'you'), { label: 'work' }));
    expect(stranger).toMatchObject({ kind: 'usage' });
    expect(stranger.message).toContain('another account of acme');
    expect(requests).toHaveLength(callsBefore);
    expect(await labels()).toEqual(['work']);
  });

  it('of two identities at once gives two accounts; of one at once, one', async () => {
    const { signIn, labels, store } = await world();
    await Promise.all(['u1', 'u1', 'u2', 'u1'].map((sub) => signIn(tokens(sub, 'me'))));
    expect((await labels()).sort()).toEqual(['me', 'me 2']);
    expect(store.items.size).toBe(2);
  });
});

describe('what cannot be kept', () => {
  it('leaves no record where the store refuses', async () => {
    const { signIn, store, records } = await world();
    store.refuseWrites = 'locked';
    expect(await failureOf(signIn(key('sk-1')))).toMatchObject({ kind: 'store', problem: 'locked' });
    expect((await records.read()).accounts).toEqual([]);
  });

  it('leaves no item where the record cannot be written', async () => {
    const { signIn, store, records } = await world();
    const failure = await failureOf(signIn(key('sk-1'), { settings: { weight: -1 } }));
    expect(failure.kind).toBe('usage');
    expect([...store.items.keys()]).toEqual([]);
    expect((await records.read()).accounts).toEqual([]);
  });

  it('leaves neither where the account was logged out meanwhile', async () => {
    const { signIn, store, records } = await world();
    const { account } = await signIn(tokens('u1', 'me'));
    const set = store.set.bind(store);
    store.set = async (name, value) => {
      await set(name, value);
      await records.change((content) => removeAccount(content, account.id));
    };
    expect(await failureOf(signIn(tokens('u1', 'me')))).toMatchObject({ kind: 'not-found' });
    expect([...store.items.keys()]).toEqual([]);
  });

  it('and a crash between item and record leaves nothing that stands in the way', async () => {
    const { signIn, store, labels } = await world();
    store.items.set('account:0123456789abcdef', new Secret('{"version":1,"kind":"apiKey","key":"sk-1"}'));
    expect(await signIn(key('sk-1'))).toMatchObject({ renewed: false });
    expect(await labels()).toEqual(['acme']);
  });
});

it('a sign-in without a model list is not tried, and counts the fixed models', async () => {
  const { signIn, requests } = await world();
  const at = provider({ fixedModels: ['one', 'two'], identify });
  expect((await signIn(key('sk-1'), { at })).models).toHaveLength(2);
  expect(requests).toEqual([]);
});

it('an account of the same provider that cannot be read now stands in no sign-in’s way', async () => {
  const { signIn, records } = await world();
  await recordAccount(records, 'lost', { label: 'lost' });
  expect(await signIn(key('sk-1'))).toMatchObject({ renewed: false });
});

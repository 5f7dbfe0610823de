import { describe, expect, it, vi } from 'vitest';
import { openRecords } from '../../src/accounts/records.ts';
import { openStore } from '../../src/accounts/store/choose.ts';
import type { CredentialStore } from '../../src/accounts/store/store.ts';
import { openTokens } from '../../src/accounts/tokens.ts';
import { openVault } from '../../src/accounts/vault.ts';
import { systemClock } from '../../src/clock.ts';
import { validateSettings } from '../../src/config/validate.ts';
import { RotaError } from '../../src/failure.ts';
import { refreshTokens } from '../../src/oauth/refresh.ts';
import { protocolNames } from '../../src/protocols/names.ts';
import { makeRegistry } from '../../src/providers/registry.ts';
import { realFetch, recordingLogger } from '../rig/accounts.ts';
import { openStage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A store that can be made to refuse what is written, as a keychain that was locked meanwhile. */
function refusing(store: CredentialStore) {
  const state = { refuses: true };
  const gated: CredentialStore = {
    ...store,
    async set(name, value) {
      if (!state.refuses) return store.set(name, value);
      throw new RotaError({ kind: 'store', problem: 'locked', message: 'The keychain is locked.' });
    },
  };
  return { state, store: gated };
}

describe('a token that expires under fifty requests, beside another process, while the store refuses writes', () => {
  it('is refreshed once, and the account lives on in both', async ({ onTestFinished }) => {
    const stage = await openStage({ accessTokenSeconds: 1 });
    onTestFinished(() => stage.close());
    const home = await stage.home();
    expect((await stage.login(home, 'ada', '--label', 'ada')).code).toBe(0);
    const refreshes = () =>
      stage.authorization.calls.filter(({ grantType }) => grantType === 'refresh_token');

    const records = openRecords(home.path);
    const env = { ROTA_HOME: home.path, ROTA_KEYCHAIN: 'file' };
    const { state, store } = refusing(await openStore({ home: home.path, env, interactive: false }));
    const names = { builtInProviders: [], protocols: protocolNames };
    const { providers } = await validateSettings(stage.settings(), names, 'test');
    const registry = makeRegistry({ settings: providers });
    const { log } = recordingLogger();
    const tokens = openTokens({
      vault: openVault(records, store),
      records,
      log,
      clock: systemClock,
      // Nothing is done by itself: only what these fifty ask for.
      scheduler: { at: () => () => undefined },
      random: () => 0,
      provider: (id) => registry.get(id),
      fetchFor: () => realFetch,
      refresh: refreshTokens,
      printToken: () => Promise.reject(new Error('no command was expected')),
      mintToken: () => Promise.reject(new Error('no service account was expected')),
    });
    const accounts = await home.recorded();
    const id = accounts[0]?.id ?? '';
    await vi.waitFor(
      () => expect(Date.now()).toBeGreaterThan(Date.parse(accounts[0]?.renewedAt ?? '') + 1100),
      {
        timeout: 60_000,
      },
    );

    tokens.reload(accounts);
    const [other, ...secrets] = await Promise.all([
      home.run(['accounts', 'test', '--json']),
      ...Array.from({ length: 50 }, () => tokens.secretFor(id)),
    ]);
    expect(new Set(secrets.map((secret) => secret.reveal())).size).toBe(1);
    expect(refreshes().map(({ status }) => status)).toEqual([200]);
    expect(other.stdout).toMatch(/another process of Rota has renewed it/);

    state.refuses = false;
    await tokens.close();
    const later = await home.run(['accounts', 'test', '--json']);
    expect(JSON.parse(later.stdout)).toMatchObject({ accounts: [{ label: 'ada', ok: true }] });
    expect(refreshes().map(({ status }) => status)).toEqual([200, 200]);
  });
});

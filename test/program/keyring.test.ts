import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { whyNoKeyring } from '../keyring/session.ts';
import { answeredBy, serve } from './daemon.ts';
import { expectWholeJourney } from './journey.ts';
import { startKeyring } from './keyring-session.ts';
import type { KeyringSession } from './keyring-session.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

const missing = whyNoKeyring();

vi.setConfig({ testTimeout: 120_000 });

/** The system's keychain, by nobody's choice: what happens where nothing is set. */
const unset = { ROTA_KEYCHAIN: '' };
const LOCKED =
  'The keychain is locked, so credentials can be neither read nor stored: unlock it by logging in';

describe.skipIf(missing !== undefined)(
  `with a real keyring${missing === undefined ? '' : ` (left out: ${missing})`}`,
  () => {
    let stage: Stage;
    let keyring: KeyringSession;
    let empty: KeyringSession;

    beforeAll(async () => {
      [stage, keyring, empty] = await Promise.all([
        openStage(),
        startKeyring('unlocked'),
        startKeyring('absent'),
      ]);
    });

    afterAll(async () => {
      await stage.close();
      await Promise.all([keyring.close(), empty.close()]);
    });

    const newHome = () => stage.home({ env: { ...unset, ...keyring.env } });

    it('signs in, serves, starts again and refreshes, with nothing secret in any file', async () => {
      await expectWholeJourney(stage, await newHome());
    });

    it('says without a keyring what is missing, before anybody is sent to a browser', async () => {
      const home = await stage.home({ env: { ...unset, ...empty.env } });
      for (const words of [['login', 'demo', '--no-browser'], ['key']]) {
        const { code, stdout, stderr } = await home.run(words);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toMatch(/^proxy: There is no place to keep credentials\. No keychain is running.*\n$/);
        expect(stderr).toContain('install and start gnome-keyring');
        expect(stderr).toContain('ROTA_KEYCHAIN=passphrase with ROTA_PASSPHRASE_FILE');
      }
      const noBus = await stage.home({ env: unset });
      const { code, stderr } = await noBus.run(['login', 'demo', '--no-browser']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/no D-Bus session bus.*dbus-run-session/);
    });

    it.each([
      ['nobody answers on the bus', () => empty.env, 'No keychain is running'],
      [
        'there is no bus',
        () => ({ DBUS_SESSION_BUS_ADDRESS: '', XDG_RUNTIME_DIR: '' }),
        'no D-Bus session bus',
      ],
    ])('never takes accounts for signed out where %s', async (_, env, sentence) => {
      const home = await newHome();
      await stage.login(home, 'ada', '--label', 'ada');
      const key = await home.done('key');
      const gone = { env: env() };
      for (const words of [['login', 'demo', '--no-browser'], ['key'], ['logout', 'ada'], ['models']]) {
        const { code, stdout, stderr } = await home.run(words, gone);
        expect({ words, code, stdout }).toEqual({ words, code: 1, stdout: '' });
        expect(stderr).toContain(sentence);
        expect(stderr).not.toMatch(/not signed in|sign in again/i);
      }
      const listed = await home.run(['accounts'], gone);
      expect(listed.stdout).toMatch(/^ada +demo +ready/m);
      const proxy = await serve(home, [], gone);
      await proxy.program.said(new RegExp(sentence));
      const refused = await proxy.chat({ key });
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain(sentence);
      await expect(proxy.stop()).resolves.toBe(0);
      await expect(home.done('accounts')).resolves.toMatch(/^ada +demo +ready/m);
    });

    it('says that the keyring is locked, and serves as soon as it is unlocked', async () => {
      const home = await newHome();
      await stage.login(home, 'ada', '--label', 'ada');
      const key = await home.done('key');
      await keyring.lock();
      try {
        for (const words of [['login', 'demo', '--no-browser'], ['key'], ['logout', 'ada'], ['models']]) {
          const { code, stdout, stderr } = await home.run(words);
          expect({ words, code, stdout }).toEqual({ words, code: 1, stdout: '' });
          expect(stderr).toContain(LOCKED);
          expect(stderr).not.toMatch(/not signed in|sign in again/i);
        }
        await expect(home.done('accounts')).resolves.toMatch(/^ada +demo +ready/m);

        const proxy = await serve(home);
        await proxy.program.said(new RegExp(LOCKED));
        for (const answer of [await proxy.chat({ key }), await fetch(`${proxy.url}/v1/models`)]) {
          expect(answer.status).toBe(503);
          const body = await answer.text();
          expect(body).toContain(LOCKED);
          expect(body).not.toMatch(/not signed in|sign in again/i);
        }
        const status = await home.run(['status']);
        expect(status.code).toBe(1);
        expect(status.stdout).toMatch(new RegExp(`^Proxy: ${proxy.url} \\(process ${proxy.program.pid}, `));
        expect(status.stdout).toMatch(/^ada +demo/m);
        expect(status.stderr).toContain(LOCKED);
        const listed = await home.run(['accounts']);
        expect(listed.stdout).toMatch(/^ada +demo/m);
        expect(listed.stderr).toContain(LOCKED);

        await keyring.unlock();
        await vi.waitFor(async () => expect(await answeredBy(await proxy.chat({ key }))).toBe('ada'), {
          timeout: 60_000,
          interval: 100,
        });
        expect((await home.run(['status'])).code).toBe(0);
        await expect(proxy.stop()).resolves.toBe(0);
      } finally {
        await keyring.unlock();
      }
    });

    it('keeps serving when the keyring is locked while it runs, refreshes, and stores that later', async () => {
      const home = await newHome();
      await stage.login(home, 'grace', '--label', 'grace');
      const key = await home.done('key');
      const proxy = await serve(home);
      await expect(proxy.chat({ key }).then(answeredBy)).resolves.toBe('grace');
      const tokenInUse = () =>
        stage.provider.calls.findLast(({ label, kind }) => label === 'grace' && kind === 'generate')?.key ??
        '';
      const before = tokenInUse();
      await keyring.lock();
      stage.provider.always(before, { kind: 'status', status: 401 });
      await expect(proxy.chat({ key }).then(answeredBy)).resolves.toBe('grace');
      expect(tokenInUse()).not.toBe(before);
      await keyring.unlock();
      // Tried once more when it ends, if not before.
      await expect(proxy.stop()).resolves.toBe(0);
      const again = await serve(home);
      stage.provider.always(tokenInUse(), { kind: 'status', status: 401 });
      await expect(again.chat({ key }).then(answeredBy)).resolves.toBe('grace');
      await expect(again.stop()).resolves.toBe(0);
    });
  },
);

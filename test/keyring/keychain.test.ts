import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inKeyring, whyNoKeyring, withoutBus } from './session.ts';

// Every test starts a real gnome-keyring, for itself alone, and runs the compiled code in a process beside it.
const missing = whyNoKeyring();
if (missing !== undefined) process.stderr.write(`keyring tests left out: ${missing}\n`);
const reason = missing === undefined ? '' : ` (left out: ${missing})`;

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rota-keyring-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const problem = (name: string, words: RegExp): object => ({
  kind: 'store',
  problem: name,
  message: expect.stringMatching(words),
});
const LOCKED = problem('locked', /^The keychain is locked.*unlock it.*ROTA_KEYCHAIN=passphrase/);
const GONE = problem('gone', /has gone away.*start it again/);

describe.skipIf(missing !== undefined)(`the keychain, unlocked${reason}`, () => {
  it('gives back 8 KB, letters of every kind and NUL, and removes an item once', async () => {
    const names = ['plain', 'account:1', 'zero', 'empty', 'long'];
    expect(await inKeyring('unlocked', 'roundTrip', home)).toEqual({
      missing: true,
      same: names,
      listed: names,
      removed: [true, false],
      left: names.slice(0, -1),
      gone: true,
    });
  });

  it('keeps an item for a later process', async () => {
    expect(await inKeyring('unlocked', 'restart', home)).toBe('over a restart');
  });

  it('loses nothing when two processes write at the same time', async () => {
    expect(await inKeyring('unlocked', 'twoAtOnce', home)).toEqual({ names: 30, wrong: [], torn: false });
  });

  it('is found usable, and the probe leaves nothing behind', async () => {
    const result = await inKeyring('unlocked', 'usable', home);
    expect(result).toEqual({ left: false, tookMs: expect.any(Number) });
  });

  it('is what a first run chooses, each home with items of its own', async () => {
    expect(await inKeyring('unlocked', 'opened', home)).toEqual({ kind: 'os', names: ['a'], elsewhere: [] });
  });

  it('gives nothing for an item that somebody else removed, and still knows its name', async () => {
    expect(await inKeyring('unlocked', 'removedByOthers', home)).toEqual({ get: null, names: ['a'] });
  });
});

describe.skipIf(missing !== undefined)(`the keychain, locked${reason}`, () => {
  it('says so for every call and for the probe, when it is locked while running', async () => {
    expect(await inKeyring('unlocked', 'lockedWhileRunning', home)).toEqual({
      get: LOCKED,
      set: LOCKED,
      delete: LOCKED,
      probe: LOCKED,
    });
  });

  it('is not taken for an empty one, which gives the same null, and this within the five seconds', async () => {
    const result = await inKeyring('locked', 'lockedAndEmpty', home);
    expect(result).toEqual({
      remembered: LOCKED,
      first: problem('none-chosen', /^There is no place to keep credentials\. The keychain is locked/),
      get: null,
      tookMs: expect.any(Number),
    });
    expect(result).toHaveProperty(
      'tookMs',
      expect.toSatisfy((tookMs: number) => tookMs < 5_000),
    );
  });
});

describe.skipIf(missing !== undefined)(`the keychain, not there${reason}`, () => {
  it('says that no service answers', async () => {
    const noService = problem('no-service', /^No keychain is running.*gnome-keyring/);
    expect(await inKeyring('absent', 'unusable', home)).toEqual({
      probe: noService,
      get: noService,
      set: noService,
    });
  });

  it('says that it has gone when it was killed while running', async () => {
    expect(await inKeyring('unlocked', 'killed', home)).toEqual({ get: GONE, set: GONE });
  });

  it('is used again once it was started anew', async () => {
    expect(await inKeyring('unlocked', 'startedAnew', home)).toBe('2');
  });

  it('says that it does not answer when it hangs', async () => {
    const timeout = problem('timeout', /did not answer in time/);
    expect(await inKeyring('unlocked', 'frozen', home)).toEqual({ problem: timeout, probe: timeout });
  });
});

describe.skipIf(process.platform !== 'linux')('the keychain, without a session bus', () => {
  it('says that there is none', async () => {
    const noBus = problem(
      'no-session-bus',
      /no D-Bus session bus.*dbus-run-session.*ROTA_KEYCHAIN=passphrase/,
    );
    expect(await withoutBus('unusable', home)).toEqual({ probe: noBus, get: noBus, set: noBus });
  });
});

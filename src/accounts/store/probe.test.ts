import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeKeychain } from './probe.ts';

// The child loads the binding from a path, so a few lines in a file stand in for the native one.
const MEMORY = `
  let item = null;
  class AsyncEntry {
    constructor(service, name, options) {
      if (options.linux.store !== 'secret-service') throw new Error('not pinned');
    }
    async setSecret(bytes) { item = Array.from(bytes); }
    async getSecret() { return item; }
    async deleteCredential() { const was = item !== null; item = null; return was; }
  }`;
const EXPORT = 'module.exports = { AsyncEntry };';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rota-probe-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function probe(
  binding: string,
  options: { interactive?: boolean; limitMs?: number; onWaiting?: () => void; env?: NodeJS.ProcessEnv } = {},
): ReturnType<typeof probeKeychain> {
  const bindingPath = join(folder, 'binding.cjs');
  await writeFile(bindingPath, binding);
  return probeKeychain({
    service: 'rota',
    bindingPath,
    env: {},
    interactive: false,
    platform: 'linux',
    ...options,
  });
}

describe('probeKeychain', () => {
  it('finds a keychain usable that gives back what was stored', async () => {
    expect(await probe(MEMORY + EXPORT)).toBeUndefined();
  });

  it('does not take a locked keychain for an empty one: it writes', async () => {
    const locked = `${MEMORY} AsyncEntry.prototype.setSecret = async () => { throw new Error('unlock prompt was dismissed'); };`;
    expect(await probe(locked + EXPORT)).toMatchObject({ kind: 'store', problem: 'locked' });
  });

  it('does not trust one that forgets', async () => {
    const forgetful = `${MEMORY} AsyncEntry.prototype.getSecret = async () => null;`;
    expect(await probe(forgetful + EXPORT)).toMatchObject({ kind: 'store', problem: 'unknown' });
  });

  it('says what a binding says that cannot be loaded, or that ends the process', async () => {
    expect(await probe(`throw new Error('Cannot find native binding');`)).toMatchObject({
      problem: 'unknown',
      message: expect.stringContaining('Cannot find native binding'),
    });
    expect(await probe(`process.kill(process.pid, 'SIGTERM'); for (;;);`)).toMatchObject({
      problem: 'unknown',
      message: expect.stringContaining('SIGTERM'),
    });
  });

  it('kills a call that does not end, and says that somebody may have to unlock', async () => {
    const hanging = `${MEMORY} AsyncEntry.prototype.setSecret = () => { for (;;); };`;
    expect(await probe(hanging + EXPORT, { limitMs: 400 })).toMatchObject({
      problem: 'timeout',
      message: expect.stringContaining('unlock'),
    });
  });

  it('says once, on a terminal only, that it is waiting, and goes on when unlocked', async () => {
    // Answers after 2.2 s, as somebody does who types a password.
    const slow = `${MEMORY} const set = AsyncEntry.prototype.setSecret;
      AsyncEntry.prototype.setSecret = async (bytes) => { await new Promise((resolve) => setTimeout(resolve, 2200)); return set(bytes); };`;
    let terminal = 0;
    let service = 0;
    const [first, second] = await Promise.all([
      probe(slow + EXPORT, { interactive: true, onWaiting: () => (terminal += 1) }),
      probe(slow + EXPORT, { interactive: false, onWaiting: () => (service += 1) }),
    ]);
    expect([first, second]).toEqual([undefined, undefined]);
    expect([terminal, service]).toEqual([1, 0]);
  });

  it('says nothing about waiting where the keychain answers at once', async () => {
    let notices = 0;
    await probe(MEMORY + EXPORT, { interactive: true, onWaiting: () => (notices += 1) });
    expect(notices).toBe(0);
  });

  it('hands on how the keychain is found, and not the passphrase', async () => {
    const telling = `throw new Error([process.env.DBUS_SESSION_BUS_ADDRESS, process.env.ROTA_PASSPHRASE, process.argv.join(' ')].join('|'));`;
    const env = { DBUS_SESSION_BUS_ADDRESS: 'the-bus', ROTA_PASSPHRASE: 'canary' };
    const failure = await probe(telling, { env });
    expect(failure?.message).toContain('the-bus|');
    expect(failure?.message).not.toContain('canary');
  });
});

// One scenario in a process of its own, against whatever keychain its environment leads to. Prints one line of JSON.
import { execFileSync, execFile, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const from = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { keychainBindingPath, keychainStore } = await from('accounts/store/keychain.js');
const { probeKeychain } = await from('accounts/store/probe.js');
const { openStore } = await from('accounts/store/choose.js');
const { Secret } = await from('secret.js');

const run = promisify(execFile);
const [scenario, home, ...rest] = process.argv.slice(2);
const service = 'rota-test';
const store = keychainStore({ service, lockPath: join(home, 'keychain') });

const reveal = async (name) => (await store.get(name))?.reveal();
const failure = (promise) =>
  promise.then(
    () => undefined,
    (error) => error.failure,
  );
const probe = () =>
  probeKeychain({ service, bindingPath: keychainBindingPath(), env: process.env, interactive: false });

const bus = (...args) =>
  execFileSync('dbus-send', ['--session', '--print-reply', ...args], { encoding: 'utf8' });
const lock = () =>
  bus(
    '--dest=org.freedesktop.secrets',
    '/org/freedesktop/secrets',
    'org.freedesktop.Secret.Service.Lock',
    'array:objpath:/org/freedesktop/secrets/collection/login',
  );
const isOwned = async () => {
  const { stdout } = await run('dbus-send', [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/org/freedesktop/DBus',
    'org.freedesktop.DBus.NameHasOwner',
    'string:org.freedesktop.secrets',
  ]);
  return stdout.includes('boolean true');
};

async function killKeyring() {
  process.kill(Number(process.env.WITH_KEYRING_PID), 'SIGKILL');
  while (await isOwned());
}

/** Another daemon with an empty keyring, as after a crash; ends with the script that started this session. */
function startKeyring() {
  const folder = process.env.WITH_KEYRING_DIR;
  rmSync(join(folder, 'keyring'), { recursive: true });
  const copy = join(folder, 'gnome-keyring-daemon');
  const daemon = spawn(
    existsSync(copy) ? copy : 'gnome-keyring-daemon',
    [
      '--foreground',
      '--unlock',
      '--components=secrets',
      `--control-directory=${join(folder, 'run', 'again')}`,
    ],
    {
      env: { ...process.env, HOME: join(folder, 'keyring'), XDG_DATA_HOME: join(folder, 'keyring', 'share') },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  daemon.stdin.end('throw-away');
  return daemon;
}

const scenarios = {
  async set() {
    const [name, value] = rest;
    await store.set(name, new Secret(value));
    return 'stored';
  },

  get: () => reveal(rest[0]),

  async roundTrip() {
    const values = {
      plain: 'token',
      'account:1': 'é😀'.repeat(1_400),
      zero: 'a\0b\0',
      empty: '',
      long: 'x'.repeat(8_192),
    };
    const missing = (await store.get('plain')) === undefined;
    for (const [name, value] of Object.entries(values)) await store.set(name, new Secret(value));
    await store.set('plain', new Secret('second'));
    const same = [];
    for (const [name, value] of Object.entries({ ...values, plain: 'second' }))
      if ((await reveal(name)) === value) same.push(name);
    const listed = await store.list();
    const removed = [await store.delete('long'), await store.delete('long')];
    return {
      missing,
      same,
      listed,
      removed,
      left: await store.list(),
      gone: (await store.get('long')) === undefined,
    };
  },

  async restart() {
    await store.set('kept', new Secret('over a restart'));
    const { stdout } = await run(process.execPath, [process.argv[1], 'get', home, 'kept']);
    return JSON.parse(stdout);
  },

  async many() {
    for (let n = 0; n < 15; n += 1) {
      await store.set(`${rest[0]}${n}`, new Secret(`${rest[0]}${n}`));
      await store.set('shared', new Secret(rest[0].repeat(4_000)));
    }
    return 'stored';
  },

  async twoAtOnce() {
    await Promise.all(['a', 'b'].map((who) => run(process.execPath, [process.argv[1], 'many', home, who])));
    const names = (await store.list()).filter((name) => name !== 'shared');
    const wrong = [];
    for (const name of names) if ((await reveal(name)) !== name) wrong.push(name);
    const shared = await reveal('shared');
    return { names: names.length, wrong, torn: shared !== 'a'.repeat(4_000) && shared !== 'b'.repeat(4_000) };
  },

  async usable() {
    const before = performance.now();
    const problem = await probe();
    const left = bus(
      '--dest=org.freedesktop.secrets',
      '/org/freedesktop/secrets',
      'org.freedesktop.Secret.Service.SearchItems',
      'dict:string:string:service,rota-test',
    );
    return { problem, left: left.includes('/collection/'), tookMs: performance.now() - before };
  },

  async lockedWhileRunning() {
    await store.set('a', new Secret('1'));
    lock();
    return {
      get: await failure(store.get('a')),
      set: await failure(store.set('a', new Secret('2'))),
      delete: await failure(store.delete('a')),
      probe: await probe(),
    };
  },

  async lockedAndEmpty() {
    const before = performance.now();
    const [remembered, first] = [
      await failure(openStore({ home, env: { ...process.env }, interactive: false, remembered: 'os' })),
      await failure(openStore({ home, env: { ...process.env }, interactive: false })),
    ];
    return { remembered, first, tookMs: performance.now() - before, get: (await store.get('a')) ?? null };
  },

  async opened() {
    const found = await openStore({ home, env: { ...process.env }, interactive: false });
    await found.set('a', new Secret('1'));
    const other = await openStore({ home, env: { ...process.env, ROTA_HOME: home }, interactive: false });
    return { kind: found.kind, names: await found.list(), elsewhere: await other.list() };
  },

  async unusable() {
    return {
      probe: await probe(),
      get: await failure(store.get('a')),
      set: await failure(store.set('a', new Secret('1'))),
    };
  },

  async killed() {
    await store.set('a', new Secret('1'));
    await killKeyring();
    return { get: await failure(store.get('a')), set: await failure(store.set('b', new Secret('2'))) };
  },

  async startedAnew() {
    await store.set('a', new Secret('1'));
    await killKeyring();
    const daemon = startKeyring();
    try {
      // `usable` only once the new keyring has its collection.
      while (!(await isOwned()) || (await probe()) !== undefined);
      await store.set('a', new Secret('2'));
      return await reveal('a');
    } finally {
      daemon.kill('SIGKILL');
    }
  },

  async frozen() {
    await store.set('a', new Secret('1'));
    const pid = Number(process.env.WITH_KEYRING_PID);
    process.kill(pid, 'SIGSTOP');
    try {
      const problem = await failure(store.get('a'));
      return { problem, probe: await probe() };
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  },

  async removedByOthers() {
    await store.set('a', new Secret('1'));
    const { AsyncEntry } = createRequire(import.meta.url)(keychainBindingPath());
    await new AsyncEntry(service, 'a', { linux: { store: 'secret-service' } }).deleteCredential();
    return { get: (await store.get('a')) ?? null, names: await store.list() };
  },
};

process.stdout.write(`${JSON.stringify(await scenarios[scenario]()) ?? 'null'}\n`);

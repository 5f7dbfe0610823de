import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../with-keyring.sh', import.meta.url));
const LOGIN = '/org/freedesktop/secrets/collection/login';
/** Of gnome-keyring's control socket, by which a login manager unlocks it (GKD_CONTROL_OP_UNLOCK). */
const UNLOCK = 1;

/** A D-Bus session of its own with a real gnome-keyring, for as long as a test wants. */
export interface KeyringSession {
  /** By which a program finds it. */
  readonly env: Readonly<Record<string, string>>;
  lock(): Promise<void>;
  unlock(): Promise<void>;
  /**
   * Starts the keyring again where it has died, as a desktop's bus does: gnome-keyring 42 gives up with a fatal error when a
   * client is killed in the middle of a call. What it holds lies on its disk.
   * @returns whether it had died
   */
  revive(): Promise<boolean>;
  close(): Promise<void>;
}

export async function startKeyring(state: 'unlocked' | 'absent'): Promise<KeyringSession> {
  const tell =
    'printf "%s\\n" "$DBUS_SESSION_BUS_ADDRESS" "$XDG_RUNTIME_DIR" "$WITH_KEYRING_DIR" .; exec cat';
  // It ends when its stdin does: also when this process is killed.
  const session = spawn(SCRIPT, ['--state', state, '--keep-password', '--', 'sh', '-c', tell], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const text of session.stdout.setEncoding('utf8')) {
    said += String(text);
    if (said.endsWith('.\n')) break;
  }
  const [address = '', runtime = '', folder = ''] = said.split('\n');
  const env = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime };
  const again: ChildProcess[] = [];
  return {
    env,
    async lock() {
      const call = [
        '--session',
        '--print-reply',
        '--dest=org.freedesktop.secrets',
        '/org/freedesktop/secrets',
      ];
      const method = ['org.freedesktop.Secret.Service.Lock', `array:objpath:${LOGIN}`];
      await promisify(execFile)('dbus-send', [...call, ...method], {
        env: { PATH: process.env['PATH'] ?? '', ...env },
      });
    },
    async unlock() {
      const password = await readFile(join(folder, 'password'));
      await unlockKeyring(join(runtime, 'keyring', 'control'), password);
    },
    async revive() {
      if (await isUnlocked(env)) return false;
      again.push(await startAgain(folder, env));
      await vi.waitFor(async () => expect(await isUnlocked(env)).toBe(true), {
        timeout: 20_000,
        interval: 50,
      });
      return true;
    },
    async close() {
      for (const daemon of again) daemon.kill('SIGKILL');
      const ended = once(session, 'exit');
      session.stdin.end();
      await ended;
    },
  };
}

/** On the same files as before; the password comes on its stdin. */
async function startAgain(folder: string, env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const copy = join(folder, 'gnome-keyring-daemon');
  const home = join(folder, 'keyring');
  const daemon = spawn(
    existsSync(copy) ? copy : 'gnome-keyring-daemon',
    [
      '--foreground',
      '--unlock',
      '--components=secrets',
      `--control-directory=${join(folder, 'run/keyring')}`,
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        ...env,
        HOME: home,
        XDG_DATA_HOME: join(home, 'share'),
        XDG_CONFIG_HOME: join(home, 'config'),
      },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  daemon.stdin.end(await readFile(join(folder, 'password')));
  return daemon;
}

async function isUnlocked(env: Readonly<Record<string, string>>): Promise<boolean> {
  const property = ['string:org.freedesktop.Secret.Collection', 'string:Locked'];
  const call = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', LOGIN];
  try {
    const { stdout } = await promisify(execFile)(
      'dbus-send',
      [...call, 'org.freedesktop.DBus.Properties.Get', ...property],
      { env: { PATH: process.env['PATH'] ?? '', ...env } },
    );
    return stdout.includes('boolean false');
  } catch {
    return false;
  }
}

/** A zero byte, which carries the credentials of the process; then length, operation, and the password with its length. */
async function unlockKeyring(path: string, password: Buffer): Promise<void> {
  const message = Buffer.alloc(12 + password.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(UNLOCK, 4);
  message.writeUInt32BE(password.length, 8);
  password.copy(message, 12);
  const socket = connect(path);
  socket.write(Buffer.concat([Buffer.alloc(1), message]));
  const answer: Buffer[] = [];
  for await (const chunk of socket) answer.push(chunk as Buffer);
  // Its length, and the result: 0 for done.
  if (Buffer.concat(answer).readUInt32BE(4) !== 0) throw new Error('gnome-keyring did not unlock.');
}

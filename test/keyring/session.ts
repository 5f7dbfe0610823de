import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../with-keyring.sh', import.meta.url));
const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** Less than a test may take, so that one that hangs is ended, and takes its daemons with it. */
const LIMIT_MS = 18_000;

/** Why no keyring can be started on this machine; `undefined` where one can. */
export function whyNoKeyring(): string | undefined {
  if (process.platform !== 'linux') return 'the Secret Service is of Linux';
  if (!isInstalled('gnome-keyring-daemon')) return 'gnome-keyring is not installed';
  return isInstalled('dbus-daemon') && isInstalled('dbus-send') ? undefined : 'dbus is not installed';
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What a scenario of `child.mjs` gives in a D-Bus session of its own, with a keyring in this state. */
export async function inKeyring(
  state: 'unlocked' | 'locked' | 'absent',
  scenario: string,
  home: string,
): Promise<unknown> {
  const { stdout } = await run(SCRIPT, ['--state', state, '--', process.execPath, CHILD, scenario, home], {
    timeout: LIMIT_MS,
  });
  return JSON.parse(stdout);
}

/** The same where no session bus can be found. */
export async function withoutBus(scenario: string, home: string): Promise<unknown> {
  const {
    DBUS_SESSION_BUS_ADDRESS: _bus,
    XDG_RUNTIME_DIR: _runtime,
    DISPLAY: _display,
    ...env
  } = process.env;
  const { stdout } = await run(process.execPath, [CHILD, scenario, home], { env, timeout: LIMIT_MS });
  return JSON.parse(stdout);
}

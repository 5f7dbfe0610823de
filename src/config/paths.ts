import { posix, win32 } from 'node:path';
import type { PlatformPath } from 'node:path';

/** What decides where things lie: passed in, so that every platform's answer can be computed on any other. */
export interface PathsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder, as `os.homedir()` gives it. */
  readonly homedir: string;
}

/** Where Rota keeps what it keeps. Nothing here has been created or looked at. */
export interface RotaPaths {
  /** The value of `ROTA_HOME` where it is set; everything else is inside it then. */
  readonly home: string | undefined;
  /** The settings file. */
  readonly settings: string;
  /** The folder of the account records. */
  readonly records: string;
  /** The folder of what may be lost without harm: cooldowns, quota windows, the daemon's own record. */
  readonly state: string;
  /** The folder of log files. */
  readonly log: string;
  /** The passphrase-encrypted file, for machines without a keychain. */
  readonly credentials: string;
}

/**
 * The folders of the operating system, or everything in `ROTA_HOME`.
 *
 * Linux and the other Unixes follow the XDG Base Directory Specification 0.8 (a relative path in one of its
 * variables is invalid and ignored), macOS the Library folders, Windows the roaming and the local application data.
 */
export function rotaPaths(input: PathsInput): RotaPaths {
  const home = present(input.env['ROTA_HOME']);
  if (home !== undefined) {
    const path = input.platform === 'win32' ? win32 : posix;
    return { home, ...layout(path, { lasting: home, passing: home }) };
  }
  return { home: undefined, ...systemLayout(input) };
}

function systemLayout({ env, platform, homedir }: PathsInput): Omit<RotaPaths, 'home'> {
  if (platform === 'win32') {
    const roaming = present(env['APPDATA']) ?? win32.join(homedir, 'AppData', 'Roaming');
    const local = present(env['LOCALAPPDATA']) ?? win32.join(homedir, 'AppData', 'Local');
    return layout(win32, { lasting: win32.join(roaming, 'rota'), passing: win32.join(local, 'rota') });
  }
  if (platform === 'darwin') {
    const folder = posix.join(homedir, 'Library', 'Application Support', 'rota');
    return layout(posix, { lasting: folder, passing: folder });
  }
  const config = absolute(env['XDG_CONFIG_HOME']) ?? posix.join(homedir, '.config');
  const state = absolute(env['XDG_STATE_HOME']) ?? posix.join(homedir, '.local', 'state');
  return layout(posix, { lasting: posix.join(config, 'rota'), passing: posix.join(state, 'rota') });
}

function layout(
  path: PlatformPath,
  folders: { readonly lasting: string; readonly passing: string },
): Omit<RotaPaths, 'home'> {
  const shared = folders.lasting === folders.passing;
  return {
    settings: path.join(folders.lasting, 'config.json'),
    records: folders.lasting,
    state: shared ? path.join(folders.passing, 'state') : folders.passing,
    log: path.join(folders.passing, 'log'),
    credentials: path.join(folders.lasting, 'credentials.json'),
  };
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function absolute(value: string | undefined): string | undefined {
  return value !== undefined && posix.isAbsolute(value) ? value : undefined;
}

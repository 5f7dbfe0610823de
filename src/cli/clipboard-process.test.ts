import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/rig/accounts.ts';
import { copyText } from './clipboard-process.ts';

/** A folder of tools, each of which keeps what it is given under its own name, or fails. */
function tools(...names: readonly string[]) {
  const folder = temporaryFolder();
  for (const name of names) {
    const body = name.startsWith('!') ? 'exit 1' : `cat > '${folder}/${name}.text'`;
    const path = join(folder, name.replace('!', ''));
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o700);
  }
  return { env: { PATH: `${folder}:/bin:/usr/bin` }, had: (name: string) => textOf(join(folder, name)) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(`${path}.text`, 'utf8');
  } catch {
    return undefined;
  }
}

describe.skipIf(process.platform === 'win32')('copyText', () => {
  it.each([
    ['darwin', {}, 'pbcopy'],
    ['linux', { DISPLAY: ':0' }, 'xclip'],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'wl-copy'],
    ['linux', { WSL_DISTRO_NAME: 'Debian' }, 'clip.exe'],
  ] as const)('gives the text to the tool of %s with %j', async (platform, more, name) => {
    const { env, had } = tools('pbcopy', 'xclip', 'xsel', 'wl-copy', 'clip.exe');
    expect(await copyText('ABCD-EFGH', { env: { ...env, ...more }, platform })).toBe(true);
    expect(had(name)).toBe('ABCD-EFGH');
  });

  it('tries the next tool where one fails or is not there, and says where none has it', async () => {
    const { env, had } = tools('!xclip', 'xsel');
    expect(await copyText('x', { env: { ...env, WAYLAND_DISPLAY: 'w' }, platform: 'linux' })).toBe(true);
    expect(had('xsel')).toBe('x');
    const none = tools('!xclip', '!xsel', '!wl-copy');
    expect(await copyText('x', { env: { ...none.env, DISPLAY: ':0' }, platform: 'linux' })).toBe(false);
  });

  it('does not try where nobody sits at the machine', async () => {
    const { env, had } = tools('xclip', 'pbcopy');
    expect(await copyText('x', { env, platform: 'linux' })).toBe(false);
    expect(await copyText('x', { env: { ...env, SSH_CONNECTION: '1' }, platform: 'darwin' })).toBe(false);
    expect([had('xclip'), had('pbcopy')]).toEqual([undefined, undefined]);
  });
});

import { describe, expect, test } from 'vitest';
import { rotaPaths } from './paths.ts';

describe('rotaPaths', () => {
  test('follows the XDG variables on Linux', () => {
    const env = { XDG_CONFIG_HOME: '/etc/me', XDG_STATE_HOME: '/var/me' };
    expect(rotaPaths({ env, platform: 'linux', homedir: '/home/ada' })).toEqual({
      home: undefined,
      settings: '/etc/me/rota/config.json',
      records: '/etc/me/rota',
      state: '/var/me/rota',
      log: '/var/me/rota/log',
      credentials: '/etc/me/rota/credentials.json',
    });
  });

  test.each([
    {},
    { XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' },
    { XDG_CONFIG_HOME: 'a', XDG_STATE_HOME: './b' },
  ])('falls back to the usual folders on Linux with %o', (env) => {
    expect(rotaPaths({ env, platform: 'linux', homedir: '/home/ada' })).toMatchObject({
      settings: '/home/ada/.config/rota/config.json',
      state: '/home/ada/.local/state/rota',
    });
  });

  test('uses Application Support on macOS', () => {
    const folder = '/Users/ada/Library/Application Support/rota';
    expect(rotaPaths({ env: {}, platform: 'darwin', homedir: '/Users/ada' })).toEqual({
      home: undefined,
      settings: `${folder}/config.json`,
      records: folder,
      state: `${folder}/state`,
      log: `${folder}/log`,
      credentials: `${folder}/credentials.json`,
    });
  });

  test.each([
    [{ APPDATA: 'D:\\Roam', LOCALAPPDATA: 'D:\\Loc' }, 'D:\\Roam\\rota', 'D:\\Loc\\rota'],
    [{}, 'C:\\Users\\ada\\AppData\\Roaming\\rota', 'C:\\Users\\ada\\AppData\\Local\\rota'],
  ])('uses the application data folders on Windows with %o', (env, roaming, local) => {
    expect(rotaPaths({ env, platform: 'win32', homedir: 'C:\\Users\\ada' })).toEqual({
      home: undefined,
      settings: `${roaming}\\config.json`,
      records: roaming,
      state: local,
      log: `${local}\\log`,
      credentials: `${roaming}\\credentials.json`,
    });
  });

  test.each([
    ['linux', '/data/rota', '/data/rota/'],
    ['darwin', '/data/rota', '/data/rota/'],
    ['win32', 'D:\\rota', 'D:\\rota\\'],
  ] as const)('keeps everything in ROTA_HOME on %s', (platform, home, inside) => {
    const env = { ROTA_HOME: home, XDG_STATE_HOME: '/elsewhere', LOCALAPPDATA: 'E:\\elsewhere' };
    const paths = rotaPaths({ env, platform, homedir: '/home/ada' });
    expect(paths.home).toBe(home);
    expect(paths.records).toBe(home);
    for (const path of [paths.settings, paths.state, paths.log, paths.credentials]) {
      expect(path.startsWith(inside)).toBe(true);
    }
  });

  test('an empty ROTA_HOME is none', () => {
    const paths = rotaPaths({ env: { ROTA_HOME: '' }, platform: 'linux', homedir: '/home/ada' });
    expect(paths).toMatchObject({ home: undefined, records: '/home/ada/.config/rota' });
  });
});

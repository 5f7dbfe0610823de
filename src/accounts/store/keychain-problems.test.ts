import { describe, expect, it } from 'vitest';
import { classifyKeychainMessage, keychainFailure } from './keychain-problems.ts';

describe('classifyKeychainMessage', () => {
  // Linux: as the binding said them with a real gnome-keyring in that state.
  it.each([
    ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'locked'],
    ['Platform failure: org.freedesktop.Secret.Error.IsLocked', 'locked'],
    [
      'Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead',
      'no-session-bus',
    ],
    [
      'Platform failure: DBus error: Failed to connect to socket /nonexistent: No such file or directory',
      'no-session-bus',
    ],
    [
      'Platform failure: DBus error: The name org.freedesktop.secrets was not provided by any .service files',
      'no-service',
    ],
    ['Secret Service: no result found', 'no-collection'],
    ['Platform failure: DBus error: Connection was disconnected before a reply was received', 'gone'],
    ['Platform failure: DBus error: Connection is closed', 'gone'],
    ['Platform failure: DBus error: The session wrapping the secret does not exist', 'gone'],
    [
      'Platform failure: DBus error: Did not receive a reply. Possible causes include: the remote application did not send a reply, the message bus security policy blocked the reply, the reply timeout expired, or the network connection was broken.',
      'timeout',
    ],
    ['User interaction is not allowed.', 'locked'],
    ['A default keychain could not be found.', 'no-collection'],
    ['A specified logon session does not exist. It may already have been terminated.', 'no-service'],
    ['Cannot find native binding.', 'unknown'],
    ['', 'unknown'],
  ])('%s is %s', (message, problem) => {
    expect(classifyKeychainMessage(message)).toBe(problem);
  });
});

describe('keychainFailure', () => {
  const problems = ['no-session-bus', 'no-service', 'no-collection', 'locked', 'timeout', 'unknown'] as const;
  const platforms = ['linux', 'darwin', 'win32'] as const;

  it.each(problems.flatMap((problem) => platforms.map((platform) => [problem, platform] as const)))(
    '%s on %s is one line that ends with the other place for credentials',
    (problem, platform) => {
      const { message } = keychainFailure(problem, platform, 'DBus');
      expect(message).toMatch(/^[A-Z][^\n]*ROTA_KEYCHAIN=passphrase[^\n]*\.$/);
    },
  );

  it('says how to unlock where it is locked, and never that a sign-in is needed', () => {
    for (const platform of platforms) {
      const { message } = keychainFailure('locked', platform, '');
      expect(message).toMatch(/is locked.*(unlock it|log in to Windows)/);
      expect(message).not.toMatch(/not signed in/i);
    }
  });

  it('cuts what a native library may say at length', () => {
    expect(keychainFailure('unknown', 'linux', 'x'.repeat(10_000)).message.length).toBeLessThan(600);
  });
});

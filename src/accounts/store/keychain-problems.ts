import type { StoreProblem } from '../../failure.ts';

/** What a keychain itself can refuse with. */
export type KeychainProblem = Extract<
  StoreProblem,
  'no-session-bus' | 'no-service' | 'no-collection' | 'locked' | 'gone' | 'timeout' | 'unknown'
>;

/**
 * The binding gives every error the same code, so its words are all there is; nowhere else are they read.
 * Linux: measured against gnome-keyring 42.1. macOS: the texts of SecCopyErrorMessageString for errSec
 * InteractionNotAllowed, AuthFailed, UserCanceled, NoDefaultKeychain, NoSuchKeychain and NotAvailable.
 * Windows: ERROR_NO_SUCH_LOGON_SESSION, which a session without a user profile gives. The first that fits counts.
 */
const NATIVE_MESSAGES: readonly (readonly [RegExp, KeychainProblem])[] = [
  [/prompt was dismissed|prompt dismissed|islocked|is locked/i, 'locked'],
  [/interaction is not allowed|passphrase you entered is not correct|user canceled/i, 'locked'],
  [/connection was disconnected|connection is closed/i, 'gone'],
  [/session wrapping the secret does not exist/i, 'gone'],
  [/DBUS_SESSION_BUS_ADDRESS|failed to connect to (socket|address)|autolaunch/i, 'no-session-bus'],
  [/was not provided by any \.service files|ServiceUnknown|no keychain is available/i, 'no-service'],
  [/no ?such ?logon ?session|logon session does not exist/i, 'no-service'],
  [/no result found|default keychain could not be found|keychain could not be found/i, 'no-collection'],
  [/did not receive a reply|timed? ?out/i, 'timeout'],
];

/** Longest text of a native message that is passed on to a person. */
const DETAIL_CHARACTERS = 300;

export interface KeychainFailure {
  readonly kind: 'store';
  readonly problem: KeychainProblem;
  readonly message: string;
}

const OTHER_STORE =
  'or keep credentials in an encrypted file instead (ROTA_KEYCHAIN=passphrase with ROTA_PASSPHRASE_FILE, then sign in anew)';

/** What a message of the native binding means. */
export function classifyKeychainMessage(message: string): KeychainProblem {
  return NATIVE_MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? 'unknown';
}

/**
 * The failure as every caller sees it, with the way on for this platform.
 * @param detail the native message; it never holds an item's value
 */
export function keychainFailure(
  problem: KeychainProblem,
  platform: NodeJS.Platform,
  detail: string,
): KeychainFailure {
  const message = sentence(problem, platform, detail.trim().slice(0, DETAIL_CHARACTERS));
  return { kind: 'store', problem, message };
}

function sentence(problem: KeychainProblem, platform: NodeJS.Platform, detail: string): string {
  const unlock = howToUnlock(platform);
  const sentences: Readonly<Record<KeychainProblem, string>> = {
    locked: `The keychain is locked, so credentials can be neither read nor stored: ${unlock}, ${OTHER_STORE}.`,
    'no-session-bus': `The keychain cannot be reached because there is no D-Bus session bus: start one (log in to a desktop session, or run this under \`dbus-run-session\`) or set DBUS_SESSION_BUS_ADDRESS, ${OTHER_STORE}.`,
    'no-service': `${noService(platform)}, ${OTHER_STORE}.`,
    'no-collection': `The keychain has no default keyring to store in: create one (in the Passwords and Keys application, or with \`security create-keychain\` on macOS), ${OTHER_STORE}.`,
    gone: `The keychain was there and has gone away (${detail}): start it again.`,
    timeout: `The keychain did not answer in time; it may be waiting for somebody to unlock it: ${unlock} and try again, ${OTHER_STORE}.`,
    unknown: `The keychain failed (${detail}): set that right, ${OTHER_STORE}.`,
  };
  return sentences[problem];
}

function noService(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? 'No keychain is running, as nobody answers as org.freedesktop.secrets on the D-Bus session bus: install and start gnome-keyring, KWallet or KeePassXC'
    : 'The operating system offers no keychain to this session: run this in one that a user has logged in to';
}

function howToUnlock(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'unlock it with `security unlock-keychain`, or in Keychain Access';
  if (platform === 'win32') return 'log in to Windows';
  return 'unlock it by logging in to the desktop session, or in its keyring application (Passwords and Keys, KWalletManager)';
}

import { execFile } from 'node:child_process';
import { classifyKeychainMessage, type KeychainFailure, keychainFailure } from './keychain-problems.ts';

const LIMIT_MS = 5_000;
const INTERACTIVE_LIMIT_MS = 60_000;
const NOTICE_MS = 2_000;
/** What the child says when the keychain works: anything else on its output is a native message. */
const USABLE = 'usable';

/**
 * Stores, reads and deletes a throw-away item: only a write shows whether the keychain can be used, because an empty
 * locked one answers a read like an empty open one. Its name is the process's own, so that two probes at the same
 * time do not take each other's away. Plain JavaScript in a string, so that it runs beside sources and compiled code.
 */
const PROGRAM = `
const [binding, service] = process.argv.slice(1);
const say = (text) => process.stdout.write(text, () => process.exit());
(async () => {
  const { AsyncEntry } = require(binding);
  const entry = new AsyncEntry(service, 'probe-' + process.pid, { linux: { store: 'secret-service' } });
  const bytes = Buffer.from('probe');
  await entry.setSecret(bytes);
  const read = await entry.getSecret();
  await entry.deleteCredential();
  if (read === null || !bytes.equals(Buffer.from(read))) throw new Error('it does not give back what was stored');
})().then(() => say('${USABLE}'), (error) => say(String(error && error.message)));
`;

export interface ProbeOptions {
  readonly service: string;
  /** Where the native binding lies; see `keychainBindingPath`. */
  readonly bindingPath: string;
  /** The environment by which the keychain is found (`DBUS_SESSION_BUS_ADDRESS` among others). */
  readonly env: NodeJS.ProcessEnv;
  /** Whether a person is there who could unlock the keychain: then they get 60 seconds, otherwise it is 5. */
  readonly interactive: boolean;
  /** Called once, after two seconds of an interactive probe: it waits for somebody to unlock the keychain. */
  readonly onWaiting?: () => void;
  readonly platform?: NodeJS.Platform;
  /** How long the probe may take, in milliseconds, in place of the above. */
  readonly limitMs?: number;
}

/**
 * What keeps the keychain from being used, or `undefined` where it works. Asked in a child process, because a native
 * call that waits for an unlock prompt can be ended only by killing the process that made it.
 */
export async function probeKeychain(options: ProbeOptions): Promise<KeychainFailure | undefined> {
  const platform = options.platform ?? process.platform;
  const limitMs = options.limitMs ?? (options.interactive ? INTERACTIVE_LIMIT_MS : LIMIT_MS);
  const notice = options.interactive ? setTimeout(() => options.onWaiting?.(), NOTICE_MS) : undefined;
  try {
    const answer = await ask(options, limitMs);
    if (answer === USABLE) return undefined;
    if (answer === undefined) return keychainFailure('timeout', platform, '');
    return keychainFailure(classifyKeychainMessage(answer), platform, answer);
  } finally {
    clearTimeout(notice);
  }
}

/** What the child said; `undefined` when it had to be killed. */
function ask(options: ProbeOptions, limitMs: number): Promise<string | undefined> {
  // Neither the passphrase nor somebody's debugger is for the child.
  const { ROTA_PASSPHRASE: _passphrase, NODE_OPTIONS: _nodeOptions, ...env } = options.env;
  const args = ['--input-type=commonjs', '-e', PROGRAM, options.bindingPath, options.service];
  const limits = { timeout: limitMs, killSignal: 'SIGKILL', windowsHide: true, env } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, args, limits, (error, stdout) => {
      if (error?.killed === true) resolve(undefined);
      else if (stdout !== '') resolve(stdout);
      else resolve(`the probe ended with ${error?.signal ?? error?.code ?? 'no answer'}`);
    });
  });
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Vault } from '../accounts/vault.ts';
import { RotaError, type Failure, type StoreProblem } from '../failure.ts';
import type { Logger } from '../log/logger.ts';

/** Problems that a person or the desktop may mend while we run; any other needs a new start. */
const passing: ReadonlySet<StoreProblem> = new Set([
  'locked',
  'no-session-bus',
  'no-service',
  'no-collection',
  'gone',
  'timeout',
  'none-chosen',
  'unknown',
]);

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10_000;

export interface OpeningCredentials {
  /** Why the store is not open yet; undefined once it is, and while the first try lasts. */
  problem(): Failure | undefined;
  /** Tries now instead of when the next try is due. */
  hurry(): void;
  /** The open store. Rejects only where trying again cannot help, or when told to stop. */
  readonly vault: Promise<Vault>;
}

/** Opens the credential store, again and again while it is locked or absent: a daemon may start before its user unlocks the keychain. */
export function openCredentials(
  open: () => Promise<Vault>,
  log: Logger,
  signal: AbortSignal,
): OpeningCredentials {
  let problem: Failure | undefined;
  let wake = new AbortController();

  async function opened(): Promise<Vault> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
      signal.throwIfAborted();
      try {
        const vault = await open();
        if (problem) log.info('the credential store is open now');
        problem = undefined;
        return vault;
      } catch (error) {
        if (!(error instanceof RotaError) || !isPassing(error.failure)) throw error;
        if (problem?.message !== error.failure.message) log.warn(error.failure.message);
        problem = error.failure;
      }
      wake = new AbortController();
      await delay(waitMs, undefined, { signal: AbortSignal.any([signal, wake.signal]), ref: false }).catch(
        () => undefined,
      );
    }
  }

  return { problem: () => problem, hurry: () => wake.abort(), vault: opened() };
}

function isPassing(failure: Failure): boolean {
  return failure.kind === 'store' && passing.has(failure.problem);
}

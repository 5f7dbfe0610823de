import { RotaError, type Failure } from '../failure.ts';
import type { KeyHolder } from '../http/parts.ts';
import type { Secret } from '../secret.ts';
import { within } from './within.ts';

/** How long a request waits for a credential store that is being opened, in milliseconds. */
const OPENING_MS = 5000;

export interface OwnKey extends KeyHolder {
  /** Reads it again, where another one may have been made. A store that does not answer leaves the one we have. */
  reread(): Promise<void>;
}

/** One of the daemon's own keys, read from the store once and then kept. */
export function ownKey(read: () => Promise<Secret>, problem: () => Failure | undefined): OwnKey {
  let key: Secret | undefined;
  let reading: Promise<void> | undefined;

  function load(): Promise<void> {
    reading ??= read()
      .then((found) => {
        key = found;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  return {
    peek: () => key,
    async get() {
      const known = problem();
      if (known && !key) throw new RotaError(known);
      await within(OPENING_MS, load());
      if (key) return key;
      const message = 'Rota is still opening its credential store. Try again in a moment.';
      throw new RotaError(problem() ?? { kind: 'not-ready', message });
    },
    reread: () => load().catch(() => undefined),
  };
}

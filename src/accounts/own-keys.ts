import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { rememberKey } from './account-changes.ts';
import { withLock } from './lock.ts';
import type { OwnKey } from './records-content.ts';
import type { Records } from './records.ts';
import type { CredentialStore } from './store/store.ts';

const KEY_BYTES = 32;
/** By which a person, and a scanner for leaked keys, knows one. */
const PREFIX = 'rota_';
const LOCK_WAIT_MS = 60_000;

const TITLES: Readonly<Record<OwnKey, string>> = { 'local-key': 'local key', 'admin-key': 'admin key' };

/** The keys by which clients and commands prove themselves to the daemon. */
export interface OwnKeys {
  /**
   * The key of that name, made where there never was one.
   * @throws RotaError of kind `store`: problem `item-missing` where one was made, yet the store has none.
   */
  keyFor(name: OwnKey): Promise<Secret>;
  /** Makes one in place of the present one, which is refused from then on. */
  renew(name: OwnKey): Promise<Secret>;
}

export function openOwnKeys(records: Records, store: CredentialStore): OwnKeys {
  const make = async (name: OwnKey): Promise<Secret> => {
    const key = new Secret(PREFIX + randomBytes(KEY_BYTES).toString('base64url'));
    // First the item, then the note that there is one: a crash in between leaves a key that is found again.
    await store.set(name, key);
    await records.change((content) => rememberKey(content, name));
    return key;
  };
  const present = async (name: OwnKey): Promise<Secret | undefined> => {
    const key = await store.get(name);
    if (key === undefined) return undefined;
    const { keysMade } = await records.read();
    if (!keysMade.includes(name)) await records.change((content) => rememberKey(content, name));
    return key;
  };
  const locked = (name: OwnKey, work: () => Promise<Secret>): Promise<Secret> =>
    withLock(join(records.folder, name), work, { waitMs: LOCK_WAIT_MS });

  return {
    async keyFor(name) {
      const found = await present(name);
      if (found !== undefined) return found;
      return locked(name, async () => {
        // Another command may have made it while this one waited.
        const made = await present(name);
        if (made !== undefined) return made;
        const { keysMade } = await records.read();
        // A locked keychain can look empty: a second key would lock out every client that has the first.
        if (keysMade.includes(name)) throw missing(name, store);
        return make(name);
      });
    },
    renew: (name) => locked(name, () => make(name)),
  };
}

function missing(name: OwnKey, store: CredentialStore): RotaError {
  const place = store.kind === 'os' ? 'keychain' : 'encrypted credential file';
  return new RotaError({
    kind: 'store',
    problem: 'item-missing',
    message: `The ${TITLES[name]} was made before, but the ${place} does not give it: it is locked or the item is missing. Unlock it and try again; where the item is lost, make another with \`proxy key --new\`.`,
  });
}

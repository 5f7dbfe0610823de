import type { CredentialStore } from '../../src/accounts/store/store.ts';
import { RotaError, type StoreProblem } from '../../src/failure.ts';
import { memoryStore } from './memory-store.ts';

export interface LockableStore extends CredentialStore {
  /** From now on everything is refused with this problem. */
  lock(problem: StoreProblem): void;
  unlock(): void;
  /** Throws what the store would, while it is locked. */
  check(): void;
}

export function lockableStore(inner: CredentialStore = memoryStore()): LockableStore {
  let problem: StoreProblem | undefined;
  const check = () => {
    if (problem === undefined) return;
    throw new RotaError({
      kind: 'store',
      problem,
      message: `The keychain cannot be used (${problem}): unlock it.`,
    });
  };
  return {
    kind: 'os',
    lock(next) {
      problem = next;
    },
    unlock() {
      problem = undefined;
    },
    check,
    async get(name) {
      check();
      return inner.get(name);
    },
    async set(name, value) {
      check();
      return inner.set(name, value);
    },
    async delete(name) {
      check();
      return inner.delete(name);
    },
    async list() {
      check();
      return inner.list();
    },
  };
}

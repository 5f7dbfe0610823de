import type { CredentialStore } from '../../src/accounts/store/store.ts';
import type { Secret } from '../../src/secret.ts';

export function memoryStore(): CredentialStore {
  const items = new Map<string, Secret>();
  return {
    kind: 'file',
    get: async (name) => items.get(name),
    set: async (name, value) => void items.set(name, value),
    delete: async (name) => items.delete(name),
    list: async () => [...items.keys()],
  };
}

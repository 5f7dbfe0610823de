import type { Rest } from './rests.ts';

/** Which account holds a conversation's cache. Bounded; the least recently used conversation is forgotten first. */
export interface Affinity {
  owner(conversation: string, now: number): string | undefined;
  /** Records or refreshes the owner. */
  own(conversation: string, account: string, now: number): void;
  readonly size: number;
}

interface Entry {
  readonly account: string;
  readonly until: number;
}

/** @param ttlMs how long a conversation that is silent stays with its account */
export function makeAffinity({ ttlMs = 3_600_000, most = 10_000 } = {}): Affinity {
  const entries = new Map<string, Entry>();
  return {
    owner(conversation, now) {
      const entry = entries.get(conversation);
      return entry && entry.until > now ? entry.account : undefined;
    },
    own(conversation, account, now) {
      entries.delete(conversation);
      entries.set(conversation, { account, until: now + ttlMs });
      const oldest = entries.keys().next();
      if (entries.size > most && !oldest.done) entries.delete(oldest.value);
    },
    get size() {
      return entries.size;
    },
  };
}

/**
 * Whether a conversation moves to the account that has just answered. It does when nobody owned it or the owner
 * cannot serve it for long; a short rest of the owner is sat out elsewhere, and the conversation returns to its cache.
 */
export function moves(owner: string | undefined, ownerServes: boolean, ownerRest: Rest | undefined): boolean {
  if (owner === undefined || !ownerServes) return true;
  if (!ownerRest) return false;
  const isLong = ownerRest.until - ownerRest.since > LONG_REST_MS;
  return (
    isLong || ownerRest.kind === 'window-spent' || ownerRest.kind === 'billing' || ownerRest.kind === 'auth'
  );
}

const LONG_REST_MS = 5 * 60_000;

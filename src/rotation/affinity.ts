import type { OpenRest } from './rests.ts';

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

/** How the owner of a conversation stands, when another account has answered in its place. */
export interface OwnerState {
  /** Whether it is among those that can serve the model at all. */
  readonly serves: boolean;
  readonly rest: OpenRest | undefined;
  /** A long window of it is nearly used up, and it was left for that. */
  readonly isNearLimit: boolean;
}

/**
 * Whether a conversation moves to the account that has just answered. It does when nobody owned it or the owner
 * cannot serve it for long; a short rest of the owner, or its being busy, is sat out elsewhere, and the conversation
 * returns to its cache.
 */
export function moves(owner: string | undefined, { serves, rest: open, isNearLimit }: OwnerState): boolean {
  if (owner === undefined || !serves || isNearLimit) return true;
  if (!open) return false;
  const { kind, since, until } = open.rest;
  const isLong = until - since > LONG_REST_MS;
  return isLong || kind === 'window-spent' || kind === 'billing' || kind === 'auth';
}

const LONG_REST_MS = 5 * 60_000;

import { createHash } from 'node:crypto';
import type { ChatRequest } from './request.ts';

const KEY_CHARACTERS = 32;
/** Enough to tell conversations apart; pictures and documents are not looked into. */
const MAX_OPENING_CHARACTERS = 65_536;

/**
 * A name for the conversation that is the same for all its turns: made of who the person is and what the first of their
 * turns says. Not of what leads to it: some assistants change their instructions from turn to turn.
 */
export function conversationKey({ turns, endUserId }: Pick<ChatRequest, 'turns' | 'endUserId'>): string {
  const first = turns.find(({ role }) => role === 'user');
  const texts = first?.parts.map((part) => (part.type === 'text' ? part.text : part.type)) ?? [];
  const opening = texts.join('\n').slice(0, MAX_OPENING_CHARACTERS);
  const hash = createHash('sha256').update(JSON.stringify([endUserId ?? '', opening]));
  return hash.digest('hex').slice(0, KEY_CHARACTERS);
}

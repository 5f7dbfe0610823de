import { createHash } from 'node:crypto';
import type { ChatRequest } from './request.ts';

const KEY_CHARACTERS = 32;

/**
 * A name for the conversation that is the same for all its turns: made of who the person is and what the first of their
 * turns says. Not of what leads to it: some assistants change their instructions from turn to turn.
 */
export function conversationKey({ turns, endUserId }: Pick<ChatRequest, 'turns' | 'endUserId'>): string {
  const first = turns.find(({ role }) => role === 'user');
  const opening = JSON.stringify([endUserId ?? '', first?.parts ?? []]);
  return createHash('sha256').update(opening).digest('hex').slice(0, KEY_CHARACTERS);
}

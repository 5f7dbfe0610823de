import { expect, it } from 'vitest';
import { conversationKey } from './conversation-key.ts';
import type { Turn } from './request.ts';

const say = (role: 'user' | 'assistant', text: string): Turn => ({ role, parts: [{ type: 'text', text }] });
const system = (text: string): Turn => ({ role: 'system', rank: 'system', parts: [{ type: 'text', text }] });

it('is the same for all turns of a conversation, and another for another one', () => {
  const first = [system('at 10:00'), say('user', 'Hello')];
  const later = [system('at 10:01'), say('user', 'Hello'), say('assistant', 'Hi'), say('user', 'Go on')];
  const key = conversationKey({ turns: first });
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(conversationKey({ turns: later })).toBe(key);
  expect(conversationKey({ turns: [say('user', 'Hello!')] })).not.toBe(key);
  expect(conversationKey({ turns: first, endUserId: 'u' })).not.toBe(key);
});

import { hash } from 'node:crypto';
import type { Peek, Protocol } from '../protocols/protocol.ts';
import type { HeaderFields } from '../upstream/client.ts';

/**
 * Headers by which assistants name a conversation, the most specific first: sub-agents share their parent's session
 * id, so an agent's own id outranks it.
 */
const sessionHeaders = [
  'x-claude-code-agent-id',
  'x-claude-code-session-id',
  'session-id',
  'thread-id',
  'x-session-id',
  'x-session-affinity',
];

/**
 * A name for the conversation that a request belongs to; undefined where nothing tells. Caches are kept for each model,
 * and models have pools of their own: a session that uses two of them counts as two.
 */
export function conversationOf(session: string | undefined, model: string): string | undefined {
  return session === undefined ? undefined : `${model} ${session}`;
}

/** What all turns of a conversation share, and no other does: the first that the request has of the things that say so. */
export function sessionOf(
  headers: HeaderFields,
  peeked: Peek,
  protocol: Protocol,
  body: Buffer,
): string | undefined {
  for (const name of sessionHeaders) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return `${name} ${shortened(value)}`;
  }
  if (peeked.session !== undefined) return `body ${shortened(peeked.session)}`;
  const opening = protocol.opening(body);
  return opening && `opening ${hash('sha1', opening, 'base64')}`;
}

/** What tells two long names apart may stand at their end. */
function shortened(name: string): string {
  return name.length <= 256 ? name : `sha1 ${hash('sha1', name, 'base64')}`;
}

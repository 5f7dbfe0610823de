import { conversationKey } from '../chat/conversation-key.ts';
import type { DropList } from '../chat/dropped.ts';
import type { ModelFacts } from '../chat/model-facts.ts';
import type { ChatRequest, Extra } from '../chat/request.ts';
import { shortEndUserId } from '../chat/wishes.ts';
import { given } from './json-value.ts';
import type { EncodeTarget } from './translator.ts';

/** Members that both of OpenAI's protocols have, and without which the answer is the same or nearly so. */
export interface Hints {
  readonly verbosity?: string;
  readonly members: object;
}

/** None for a server that would refuse the request for their sake; what the client said of them is reported then. */
export function encodeHints(
  request: ChatRequest,
  { facts = {}, keysConversation }: EncodeTarget,
  drops: DropList,
): Hints {
  const { verbosity, cacheKey, endUserId, metadata } = request;
  const ownKey = keysConversation === true && facts.hints !== false ? conversationKey(request) : undefined;
  const members = given({
    prompt_cache_key: cacheKey ?? ownKey,
    safety_identifier: endUserId === undefined ? undefined : shortEndUserId(endUserId),
    metadata,
  });
  if (facts.hints !== false) return { members, ...given({ verbosity }) };
  for (const name of Object.keys(given({ verbosity, ...members }))) drops.note(name);
  return { members: {} };
}

const protocols: ReadonlySet<string> = new Set(['openai-chat', 'openai-responses']);
const shared: ReadonlySet<string> = new Set([
  'service_tier',
  'prompt_cache_options',
  'prompt_cache_retention',
  'moderation',
]);

/** What the vendor's two protocols call by the same name. Another vendor's member of that name means something else. */
export function sharedExtras(extras: readonly Extra[], facts: ModelFacts): readonly Extra[] {
  if (facts.hints === false) return [];
  return extras.filter(({ protocol, name }) => protocols.has(protocol) && shared.has(name));
}

import { openaiChat } from '../protocols/openai-chat/protocol.ts';
import type { Protocol } from '../protocols/protocol.ts';

/** Each protocol's routes: a protocol is served by its line here. */
export const routes: readonly { readonly path: string; readonly protocol: Protocol }[] = [
  { path: '/v1/chat/completions', protocol: openaiChat },
];

/** In whose shape an error is told where the path belongs to no protocol. */
export const commonDialect: Protocol = openaiChat;

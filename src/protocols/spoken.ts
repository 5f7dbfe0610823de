import { anthropicMessages } from './anthropic-messages/protocol.ts';
import { anthropicMessagesTranslator } from './anthropic-messages/translator.ts';
import { gemini } from './gemini/protocol.ts';
import { geminiTranslator } from './gemini/translator.ts';
import { openaiCompletions } from './openai-chat/completions.ts';
import { completionsTranslator } from './openai-chat/completions-translator.ts';
import { openaiChat } from './openai-chat/protocol.ts';
import { openaiChatTranslator } from './openai-chat/translator.ts';
import { openaiResponses } from './openai-responses/protocol.ts';
import { responsesTranslator } from './openai-responses/translator.ts';
import type { Protocol } from './protocol.ts';
import type { ClientSide, Translator } from './translator.ts';

/** A protocol that can be relayed, and translated to and from. */
export interface Spoken {
  readonly protocol: Protocol;
  readonly translator: Translator;
}

/** A protocol that clients are understood in; no account is asked in it for their sake. */
export interface Heard {
  readonly protocol: Protocol;
  readonly translator: ClientSide;
}

/** All of them, in the order in which they are chosen where an account has several: whichever loses least goes first. */
export const spoken: readonly Spoken[] = [
  { protocol: anthropicMessages, translator: anthropicMessagesTranslator },
  { protocol: gemini, translator: geminiTranslator },
  { protocol: openaiResponses, translator: responsesTranslator },
  { protocol: openaiChat, translator: openaiChatTranslator },
];

/** What clients may speak. */
export const heard: readonly Heard[] = [
  ...spoken,
  { protocol: openaiCompletions, translator: completionsTranslator },
];

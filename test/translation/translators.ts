import { anthropicMessagesTranslator } from '../../src/protocols/anthropic-messages/translator.ts';
import { geminiTranslator } from '../../src/protocols/gemini/translator.ts';
import { openaiChatTranslator } from '../../src/protocols/openai-chat/translator.ts';
import { responsesTranslator } from '../../src/protocols/openai-responses/translator.ts';
import type { Translator } from '../../src/protocols/translator.ts';

/** The fixtures' names of the protocols. A protocol takes part in every test below as soon as it stands here. */
export const translators: ReadonlyMap<string, Translator> = new Map([
  ['chat', openaiChatTranslator],
  ['responses', responsesTranslator],
  ['messages', anthropicMessagesTranslator],
  ['gemini', geminiTranslator],
]);

/** Every two of them, in both directions. */
export const pairs: readonly (readonly [string, string])[] = [...translators.keys()].flatMap((one) =>
  [...translators.keys()].filter((other) => other !== one).map((other) => [one, other] as const),
);

export function translatorOf(name: string): Translator {
  const translator = translators.get(name);
  if (!translator) throw new Error(`No translator is registered for ${name}`);
  return translator;
}

import type { ModelFacts } from '../chat/model-facts.ts';

/** Names that OpenAI gives its models, also behind a vendor's prefix. Its open-weight ones run on anybody's server. */
const OWN = /(?:^|[/.])(?:gpt-(?!oss)|chatgpt-|o\d|codex-)/;
const THINKS = /(?:^|[/.])(?:gpt-(?:[5-9]|\d\d)|o\d|codex-)/;
/** The same models without their thinking. */
const CHATS = /-chat(?:-|$)/;
/** Of this line and later ones, tools and thinking go together in the vendor's newer protocol alone. */
const SPLIT = /(?:^|[/.])gpt-(?:5\.(?:[4-9]|\d\d)|[6-9]|\d\d)/;

/**
 * What is known of a model by its name, for both of OpenAI's protocols (platform.openai.com/docs/guides/reasoning,
 * .../latest-model, API reference). A server that only resembles OpenAI's knows the older word for the limit of the
 * answer, and refuses members that it does not know.
 */
export function factsOf(model: string): ModelFacts {
  const name = model.toLowerCase();
  if (!OWN.test(name)) return { outputLimitName: 'max_tokens', hints: false };
  if (!THINKS.test(name) || CHATS.test(name)) return { thinking: { styles: [] } };
  return {
    sampling: false,
    stopSequences: false,
    effortWithTools: !SPLIT.test(name),
    thinking: { styles: ['effort', 'off'], isUsual: true },
  };
}

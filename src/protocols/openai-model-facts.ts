import type { ModelFacts } from '../chat/model-facts.ts';

/** Names that OpenAI gives its models, also behind a vendor's prefix. Its open-weight ones run on anybody's server. */
const OWN = /(?:^|[/.])(?:gpt-(?!oss)|chatgpt-|o\d|codex-)/;
const THINKS = /(?:^|[/.])(?:gpt-(?:[5-9]|\d\d)|o\d|codex-)/;
/** The same models without their thinking. */
const CHATS = /-chat(?:-|$)/;
/** Of this line and later ones, tools and thinking go together in the vendor's newer protocol alone. */
const SPLIT = /(?:^|[/.])gpt-(?:5\.(?:[4-9]|\d\d)|[6-9]|\d\d)/;

const upToHigh = ['low', 'medium', 'high'];
const upToXhigh = [...upToHigh, 'xhigh'];

/** Efforts that a model takes, by the first that fits its name; of one that is newer nothing is known but that it takes the same. */
const EFFORTS: readonly (readonly [name: RegExp, efforts: readonly string[]])[] = [
  [/(?:^|[/.])(?:o\d|codex-)/, upToHigh],
  [/gpt-5-pro/, ['high']],
  [/gpt-5(?:\.1)?-codex(?!-max)/, upToHigh],
  [/gpt-5(?![.\d])/, ['minimal', ...upToHigh]],
  [/gpt-5\.[1-5]-codex/, upToXhigh],
  [/gpt-5\.[2-5]-pro/, ['medium', 'high', 'xhigh']],
  [/gpt-5\.1(?!\d)/, ['none', ...upToHigh]],
  [/gpt-5\.[2-5](?!\d)/, ['none', ...upToXhigh]],
];
const LATEST_EFFORTS = ['none', ...upToXhigh, 'max'];

function effortsOf(name: string): readonly string[] {
  return EFFORTS.find(([pattern]) => pattern.test(name))?.[1] ?? LATEST_EFFORTS;
}

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
    thinking: { styles: ['effort', 'off'], efforts: effortsOf(name), isUsual: true },
  };
}

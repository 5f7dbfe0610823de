import type { Content, ToolCall, Usage } from './behaviour.ts';
import type { Generation, Speaker } from './dialect.ts';
import { splitText } from './frames.ts';

/** What is said, cut into the pieces of a stream; an answer in one piece joins them. */
export interface Speech {
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly refusal: readonly string[];
  readonly calls: readonly Required<ToolCall>[];
  readonly usage: Usage;
}

export function speechOf(
  request: Generation,
  content: Content,
  speaker: Speaker,
  callPrefix = 'call_sim_',
): Speech {
  const calls = (content.toolCalls ?? []).map((call, index) => ({
    id: call.id ?? `${callPrefix}${speaker.serial}_${index}`,
    name: call.name,
    arguments: call.arguments,
  }));
  const silent = calls.length > 0 || content.refusal !== undefined;
  const echo = content.echo === true ? `: ${request.lastUserText}` : '';
  const text = splitText(
    content.text ?? (silent ? '' : `hello from ${speaker.label}${echo}`),
    content.chunks,
    content.chunkBytes,
  );
  const reasoning = splitText(content.reasoning ?? '');
  return {
    reasoning,
    text,
    refusal: splitText(content.refusal ?? ''),
    calls,
    usage: content.usage ?? {
      promptTokens: 11,
      completionTokens: text.length + reasoning.length,
      reasoningTokens: reasoning.length,
    },
  };
}

/** A text in fragments of a few characters, as arguments of calls come. */
export function fragments(text: string): readonly string[] {
  return text.match(/[^]{1,8}/gu) ?? [];
}

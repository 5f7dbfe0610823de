import type { Usage } from '../../chat/event.ts';
import { countOf, isRecord, recordOf } from '../json-value.ts';

export function decodeUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const input = recordOf(value.input_tokens_details);
  const output = recordOf(value.output_tokens_details);
  const counts: [keyof Usage, unknown][] = [
    ['inputTokens', value.input_tokens],
    ['cacheReadTokens', input.cached_tokens],
    ['cacheWriteTokens', input.cache_write_tokens],
    ['outputTokens', value.output_tokens],
    ['reasoningTokens', output.reasoning_tokens],
  ];
  const known = counts.filter(([, count]) => countOf(count) !== undefined);
  return Object.fromEntries(known);
}

/** Every count is a number there: what nobody told is 0. */
export function encodeUsage(usage: Usage): object {
  const { inputTokens = 0, outputTokens = 0 } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}

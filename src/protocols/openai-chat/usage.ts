import type { Usage } from '../../chat/event.ts';
import { countOf, given, recordOf } from '../json-value.ts';

/** `prompt_tokens` and `completion_tokens` are everything, what is cached and what was reasoning included. */
export function decodeUsage(usage: unknown): Usage {
  const { prompt_tokens, completion_tokens, ...details } = recordOf(usage);
  const prompt = recordOf(details.prompt_tokens_details);
  return given({
    inputTokens: countOf(prompt_tokens),
    cacheReadTokens: countOf(prompt.cached_tokens),
    cacheWriteTokens: countOf(prompt.cache_write_tokens),
    outputTokens: countOf(completion_tokens),
    reasoningTokens: countOf(recordOf(details.completion_tokens_details).reasoning_tokens),
  });
}

/** What nobody told is 0: clients add these numbers up. */
export function encodeUsage(usage: Usage): object {
  const { inputTokens = 0, outputTokens = 0 } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  };
}

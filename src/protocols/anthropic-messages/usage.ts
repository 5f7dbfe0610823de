import type { Usage } from '../../chat/event.ts';
import { countOf, given, recordOf, type JsonRecord } from '../json-value.ts';

/** The wire's `input_tokens` leave out what was written to or read from a cache; ours are everything. */
export function decodeUsage(usage: JsonRecord): Usage {
  const uncached = countOf(usage.input_tokens);
  const cacheWriteTokens = countOf(usage.cache_creation_input_tokens);
  const cacheReadTokens = countOf(usage.cache_read_input_tokens);
  return given({
    inputTokens:
      uncached === undefined ? undefined : uncached + (cacheWriteTokens ?? 0) + (cacheReadTokens ?? 0),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: countOf(usage.output_tokens),
    reasoningTokens: countOf(recordOf(usage.output_tokens_details).thinking_tokens),
  });
}

interface UncachedInput {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

export function encodeInputUsage(usage: Usage): UncachedInput {
  const { inputTokens = 0, cacheWriteTokens = 0, cacheReadTokens = 0 } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cacheWriteTokens - cacheReadTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cacheReadTokens,
  };
}

/** At the end, all counts are told again. */
export function encodeFinalUsage(usage: Usage): object {
  return {
    ...encodeInputUsage(usage),
    output_tokens: usage.outputTokens ?? 0,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens ?? 0 },
    server_tool_use: null,
  };
}

/** Of a whole message, or one that begins; what the types require is there. */
export function encodeMessageUsage(usage: Usage, details: object | null): object {
  const input = encodeInputUsage(usage);
  return {
    ...input,
    cache_creation: {
      ephemeral_5m_input_tokens: input.cache_creation_input_tokens,
      ephemeral_1h_input_tokens: 0,
    },
    output_tokens: usage.outputTokens ?? 0,
    output_tokens_details: details,
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
    inference_geo: null,
  };
}

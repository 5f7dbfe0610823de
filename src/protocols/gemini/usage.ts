import type { Usage } from '../../chat/event.ts';
import { countOf, given, isRecord } from '../json-value.ts';

/** The answer's count leaves reasoning out there, and the prompt's leaves out what tools of the provider added. */
export function decodeUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const prompt = countOf(value.promptTokenCount);
  const toolPrompt = countOf(value.toolUsePromptTokenCount);
  const answer = countOf(value.candidatesTokenCount);
  const thoughts = countOf(value.thoughtsTokenCount);
  return given({
    inputTokens: sum(prompt, toolPrompt),
    cacheReadTokens: countOf(value.cachedContentTokenCount),
    outputTokens: sum(answer, thoughts),
    reasoningTokens: thoughts,
  });
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

/** Counts of nothing are left out, as the vendor does. */
export function encodeUsage(usage: Usage): object {
  const { inputTokens = 0, outputTokens = 0, reasoningTokens = 0, cacheReadTokens = 0 } = usage;
  return {
    promptTokenCount: inputTokens,
    ...(cacheReadTokens > 0 ? { cachedContentTokenCount: cacheReadTokens } : {}),
    candidatesTokenCount: Math.max(0, outputTokens - reasoningTokens),
    ...(reasoningTokens > 0 ? { thoughtsTokenCount: reasoningTokens } : {}),
    totalTokenCount: inputTokens + outputTokens,
  };
}

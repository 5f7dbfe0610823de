import { readExactJson, writeExactJson } from './exact-json.ts';
import type { ReasoningState } from './part.ts';

/** What every envelope begins with: the Base64 of `{"v":1,"src"`. So foreign state is known without decoding it. */
export const ENVELOPE_START = 'eyJ2IjoxLCJzcmMi';

/**
 * Reasoning state of one protocol, for a client of another to keep and send back: a string that it does not read.
 * Never goes to an upstream.
 */
export function sealState(state: ReasoningState): string {
  const text = writeExactJson({ v: 1, src: state.source, blk: state.blocks });
  return Buffer.from(text).toString('base64');
}

export function isEnvelope(text: string): boolean {
  return text.startsWith(ENVELOPE_START);
}

/** @returns undefined where it is none, or a damaged one */
export function openEnvelope(text: string): ReasoningState | undefined {
  if (!isEnvelope(text)) return undefined;
  try {
    const value: unknown = readExactJson(Buffer.from(text, 'base64').toString('utf8'));
    if (typeof value !== 'object' || value === null || !('src' in value) || !('blk' in value))
      return undefined;
    const { src, blk } = value;
    return typeof src === 'string' && Array.isArray(blk) ? { source: src, blocks: blk } : undefined;
  } catch {
    return undefined;
  }
}

/** The state of several pieces of reasoning that have to share one place; of unlike makers, the later one's. */
export function joinStates(
  earlier: ReasoningState | undefined,
  later: ReasoningState | undefined,
): ReasoningState | undefined {
  if (!earlier || !later || earlier.source !== later.source) return later ?? earlier;
  return { source: later.source, blocks: [...earlier.blocks, ...later.blocks] };
}

import type { ReasoningState } from '../../chat/part.ts';
import { isRecord, numberOf, textOf } from '../json-value.ts';
import { stateSource } from './wire-name.ts';

/** A call's signature as reasoning state: with the place of the call among those of its turn, where it goes back to. */
export function signatureState(call: number, thoughtSignature: string): ReasoningState {
  return { source: stateSource, blocks: [{ functionCall: call, thoughtSignature }] };
}

/** Signatures by the place of their call. */
export function signaturesOf(state: ReasoningState): ReadonlyMap<number, string> {
  if (state.source !== stateSource) return new Map();
  return new Map(
    state.blocks.filter(isRecord).flatMap((block): readonly (readonly [number, string])[] => {
      const signature = textOf(block.thoughtSignature);
      return signature ? [[numberOf(block.functionCall) ?? 0, signature]] : [];
    }),
  );
}

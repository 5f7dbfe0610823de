import type { Finish, FinishReason } from '../../chat/event.ts';
import { recordOf, textOf } from '../json-value.ts';

export function decodeStop(word: string, sequence: unknown, details: unknown): Finish {
  const stopSequence = textOf(sequence);
  const explanation = textOf(recordOf(details).explanation);
  return {
    reason: reasonOf(word),
    raw: word,
    ...(stopSequence === undefined ? {} : { stopSequence }),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

function reasonOf(word: string): FinishReason {
  switch (word) {
    case 'end_turn':
      return 'end';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'stop_sequence':
      return 'stop-sequence';
    case 'tool_use':
      return 'tool-calls';
    case 'pause_turn':
      return 'pause';
    case 'refusal':
      return 'filter';
    default:
      return 'other';
  }
}

/** The members that say why a message ended. */
export function encodeStop(finish: Finish): object {
  const { reason, stopSequence = null, explanation = null } = finish;
  const isFiltered = reason === 'filter';
  return {
    stop_reason: wordOf(reason),
    stop_sequence: reason === 'stop-sequence' ? stopSequence : null,
    stop_details: isFiltered ? { type: 'refusal', category: null, explanation } : null,
    container: null,
  };
}

function wordOf(reason: FinishReason): string {
  switch (reason) {
    case 'length':
      return 'max_tokens';
    case 'stop-sequence':
      return 'stop_sequence';
    case 'tool-calls':
      return 'tool_use';
    case 'pause':
      return 'pause_turn';
    case 'refusal':
    case 'filter':
      return 'refusal';
    case 'end':
    case 'other':
      return 'end_turn';
  }
}

import type { FinishReason } from '../../chat/event.ts';

/** @param refused whether the model wrote a refusal: the protocol calls that a plain stop */
export function decodeFinishReason(word: string, refused: boolean): FinishReason {
  switch (word) {
    case 'stop':
      return refused ? 'refusal' : 'end';
    case 'length':
      return 'length';
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls';
    case 'content_filter':
      return 'filter';
    default:
      return 'other';
  }
}

export function encodeFinishReason(reason: FinishReason): string {
  switch (reason) {
    case 'length':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    case 'filter':
      return 'content_filter';
    case 'end':
    case 'stop-sequence':
    case 'refusal':
    case 'pause':
    case 'other':
      return 'stop';
  }
}

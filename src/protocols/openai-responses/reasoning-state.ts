import type { ReasoningState } from '../../chat/part.ts';
import type { JsonRecord } from '../json-value.ts';
import { stateSource } from './wire-name.ts';

/** The state of a finished reasoning item: the whole item, where it can be sent back to its maker. */
export function stateOf(item: JsonRecord): ReasoningState | undefined {
  const { encrypted_content: content } = item;
  return typeof content === 'string' && content !== '' ? { source: stateSource, blocks: [item] } : undefined;
}

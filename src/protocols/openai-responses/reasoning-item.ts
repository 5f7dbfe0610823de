import { makeGrowingText } from '../../chat/growing-text.ts';
import type { OpenItem, Place, ItemEvent } from './output-item.ts';

export interface ReasoningItem extends OpenItem {
  readonly kind: 'reasoning';
  summary(delta: string): readonly ItemEvent[];
  /** What the next request must bring back; it stands in the finished item only. */
  keep(state: string): void;
}

/** Reasoning that is being written: one summary part, or none where no text comes. It has no status. */
export function openReasoning({ id, index }: Place): ReasoningItem {
  const text = makeGrowingText();
  let state: string | null = null;
  const place = { item_id: id, output_index: index, summary_index: 0 };
  const part = (content: string) => ({ type: 'summary_text', text: content });
  const item = () => ({
    id,
    type: 'reasoning',
    summary: text.isEmpty ? [] : [part(text.whole())],
    encrypted_content: state,
  });
  const isNew = () => text.isEmpty;

  return {
    kind: 'reasoning',
    added: () => [{ type: 'response.output_item.added', output_index: index, item: item() }],
    summary: (delta) => {
      if (delta === '') return [];
      const opening = isNew()
        ? [{ type: 'response.reasoning_summary_part.added', ...place, part: part('') }]
        : [];
      text.add(delta);
      return [...opening, { type: 'response.reasoning_summary_text.delta', ...place, delta }];
    },
    keep: (kept) => {
      state = kept;
    },
    snapshot: item,
    close: () => [
      ...(isNew()
        ? []
        : [
            { type: 'response.reasoning_summary_text.done', ...place, text: text.whole() },
            { type: 'response.reasoning_summary_part.done', ...place, part: part(text.whole()) },
          ]),
      { type: 'response.output_item.done', output_index: index, item: item() },
    ],
  };
}

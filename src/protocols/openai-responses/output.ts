import type { SaidToken } from '../../chat/logprobs.ts';
import { openCall, type CallHead, type CallItem } from './call-item.ts';
import { openMessage, type MessageItem } from './message-item.ts';
import type { ItemStatus, Place, ItemEvent } from './output-item.ts';
import { openReasoning, type ReasoningItem } from './reasoning-item.ts';

/** The items of an answer in the making, one after another, as events of the stream. */
export interface Output {
  text(delta: string, logprobs?: readonly SaidToken[]): readonly ItemEvent[];
  refusal(delta: string): readonly ItemEvent[];
  reasoning(delta: string): readonly ItemEvent[];
  /** The reasoning is over. @param state what the next request must bring back, if anything */
  endReasoning(state: string | undefined): readonly ItemEvent[];
  startCall(head: CallHead, form: 'function' | 'custom'): readonly ItemEvent[];
  /** @param data Base64 */
  image(mediaType: string, data: string): readonly ItemEvent[];
  /** More of the call that was started last. */
  callInput(delta: string): readonly ItemEvent[];
  /** Finishes what is open. It waits for that until the next item or the end, which knows whether it was cut off. */
  close(status: ItemStatus): readonly ItemEvent[];
  /** All items; one that is still open was cut off. */
  items(): readonly object[];
}

/** @param suffix what the items' ids share, so that they are unique and the same for the same answer */
export function openOutput(suffix: string): Output {
  const finished: object[] = [];
  let open: MessageItem | ReasoningItem | CallItem | undefined;

  const close = (status: ItemStatus): readonly ItemEvent[] => {
    if (!open) return [];
    const events = open.close(status);
    finished.push(open.snapshot(status));
    open = undefined;
    return events;
  };
  const place = (prefix: string): Place => ({
    id: `${prefix}_${suffix}_${finished.length}`,
    index: finished.length,
  });
  const inMessage = (write: (item: MessageItem) => readonly ItemEvent[]): readonly ItemEvent[] => {
    if (open?.kind === 'message') return write(open);
    const before = close('completed');
    const item = openMessage(place('msg'));
    open = item;
    return [...before, ...item.added(), ...write(item)];
  };
  const inReasoning = (write: (item: ReasoningItem) => readonly ItemEvent[]): readonly ItemEvent[] => {
    if (open?.kind === 'reasoning') return write(open);
    const before = close('completed');
    const item = openReasoning(place('rs'));
    open = item;
    return [...before, ...item.added(), ...write(item)];
  };

  return {
    text: (delta, logprobs) => inMessage((item) => item.text(delta, logprobs)),
    refusal: (delta) => inMessage((item) => item.refusal(delta)),
    reasoning: (delta) => inReasoning((item) => item.summary(delta)),
    endReasoning: (state) => {
      if (state === undefined) return open?.kind === 'reasoning' ? close('completed') : [];
      const events = inReasoning((item) => {
        item.keep(state);
        return [];
      });
      return [...events, ...close('completed')];
    },
    startCall: (head, form) => {
      const before = close('completed');
      const item = openCall(place(form === 'custom' ? 'ctc' : 'fc'), head, form);
      open = item;
      return [...before, ...item.added()];
    },
    image: (mediaType, data) => {
      const before = close('completed');
      const { id, index } = place('ig');
      const item = { id, type: 'image_generation_call', status: 'completed', result: data };
      const whole = { ...item, output_format: mediaType.replace('image/', '') };
      finished.push(whole);
      return [
        ...before,
        {
          type: 'response.output_item.added',
          output_index: index,
          item: { ...item, status: 'in_progress', result: null },
        },
        { type: 'response.output_item.done', output_index: index, item: whole },
      ];
    },
    callInput: (delta) => (open?.kind === 'call' ? open.input(delta) : []),
    close,
    items: () => (open ? [...finished, open.snapshot('incomplete')] : [...finished]),
  };
}

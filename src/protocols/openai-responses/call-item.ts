import { makeGrowingText } from '../../chat/growing-text.ts';
import type { ItemStatus, OpenItem, Place, ItemEvent } from './output-item.ts';

/** A call as this protocol names it. */
export interface CallHead {
  readonly callId: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface CallItem extends OpenItem {
  readonly kind: 'call';
  /** A piece of the arguments' JSON text, or of a custom tool's input. */
  input(delta: string): readonly ItemEvent[];
}

const forms = {
  function: {
    type: 'function_call',
    event: 'response.function_call_arguments',
    member: 'arguments',
  },
  custom: {
    type: 'custom_tool_call',
    event: 'response.custom_tool_call_input',
    member: 'input',
  },
} as const;

/** A call that is being written. */
export function openCall({ id, index }: Place, head: CallHead, form: keyof typeof forms): CallItem {
  const { type, event, member } = forms[form];
  const text = makeGrowingText();
  const place = { item_id: id, output_index: index };
  const named = {
    call_id: head.callId,
    ...(head.namespace === undefined ? {} : { namespace: head.namespace }),
    name: head.name,
  };
  const item = (status: ItemStatus | 'in_progress') => ({
    id,
    type,
    status,
    ...named,
    [member]: text.whole(),
  });

  const input = (delta: string): readonly ItemEvent[] => {
    text.add(delta);
    return [{ type: `${event}.delta`, ...place, delta }];
  };

  return {
    kind: 'call',
    added: () => [{ type: 'response.output_item.added', output_index: index, item: item('in_progress') }],
    input,
    snapshot: item,
    close: (status) => [
      // No arguments are an empty object, not an empty text; what was cut off stays as it is.
      ...(form === 'function' && text.isEmpty && status === 'completed' ? input('{}') : []),
      {
        type: `${event}.done`,
        ...place,
        // Typed in one major version of the vendor's SDK, and not in the next.
        ...(form === 'function' ? { name: head.name } : {}),
        [member]: text.whole(),
      },
      { type: 'response.output_item.done', output_index: index, item: item(status) },
    ],
  };
}

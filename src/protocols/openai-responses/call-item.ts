import type { ItemStatus, OpenItem, Place, WireEvent } from './output-item.ts';

/** A call as this protocol names it. */
export interface CallHead {
  readonly callId: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface CallItem extends OpenItem {
  readonly kind: 'call';
  /** A piece of the arguments' JSON text, or of a custom tool's input. */
  input(delta: string): readonly WireEvent[];
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
  let text = '';
  const place = { item_id: id, output_index: index };
  const named = {
    call_id: head.callId,
    ...(head.namespace === undefined ? {} : { namespace: head.namespace }),
    name: head.name,
  };
  const item = (status: ItemStatus | 'in_progress') => ({ id, type, status, ...named, [member]: text });

  return {
    kind: 'call',
    added: () => [{ type: 'response.output_item.added', output_index: index, item: item('in_progress') }],
    input: (delta) => {
      text += delta;
      return [{ type: `${event}.delta`, ...place, delta }];
    },
    snapshot: item,
    close: (status) => [
      {
        type: `${event}.done`,
        ...place,
        // Typed in one major version of the vendor's SDK, and not in the next.
        ...(form === 'function' ? { name: head.name } : {}),
        [member]: text,
      },
      { type: 'response.output_item.done', output_index: index, item: item(status) },
    ],
  };
}

import type { ItemStatus, OpenItem, Place, ItemEvent } from './output-item.ts';

export interface MessageItem extends OpenItem {
  readonly kind: 'message';
  text(delta: string): readonly ItemEvent[];
  refusal(delta: string): readonly ItemEvent[];
}

type PartKind = 'output_text' | 'refusal';

const names = {
  output_text: { event: 'response.output_text', member: 'text' },
  refusal: { event: 'response.refusal', member: 'refusal' },
} as const;

/** A message that is being written: one part after another, of text or of a refusal. */
export function openMessage({ id, index }: Place): MessageItem {
  const parts: object[] = [];
  let open: { readonly kind: PartKind; text: string } | undefined;
  const place = () => ({ item_id: id, output_index: index, content_index: parts.length });
  const item = (status: ItemStatus | 'in_progress', content: readonly object[]) => ({
    id,
    type: 'message',
    status,
    role: 'assistant',
    content,
  });

  const closePart = (): readonly ItemEvent[] => {
    if (!open) return [];
    const { kind, text } = open;
    const { event, member } = names[kind];
    const part = partOf(kind, text);
    const logprobs = kind === 'output_text' ? { logprobs: [] } : {};
    const events = [
      { type: `${event}.done`, ...place(), [member]: text, ...logprobs },
      { type: 'response.content_part.done', ...place(), part },
    ];
    parts.push(part);
    open = undefined;
    return events;
  };

  const write = (kind: PartKind, delta: string): readonly ItemEvent[] => {
    const before = open?.kind === kind ? [] : closePart();
    const isNew = open === undefined;
    open ??= { kind, text: '' };
    open.text += delta;
    const logprobs = kind === 'output_text' ? { logprobs: [] } : {};
    return [
      ...before,
      ...(isNew ? [{ type: 'response.content_part.added', ...place(), part: partOf(kind, '') }] : []),
      { type: `${names[kind].event}.delta`, ...place(), delta, ...logprobs },
    ];
  };

  const snapshot = (status: ItemStatus) =>
    item(status, open ? [...parts, partOf(open.kind, open.text)] : [...parts]);

  return {
    kind: 'message',
    added: () => [{ type: 'response.output_item.added', output_index: index, item: item('in_progress', []) }],
    text: (delta) => write('output_text', delta),
    refusal: (delta) => write('refusal', delta),
    snapshot,
    close: (status) => [
      ...closePart(),
      { type: 'response.output_item.done', output_index: index, item: snapshot(status) },
    ],
  };
}

function partOf(kind: PartKind, text: string): object {
  return kind === 'refusal'
    ? { type: kind, refusal: text }
    : { type: kind, text, annotations: [], logprobs: [] };
}

import { makeGrowingText, type GrowingText } from '../../chat/growing-text.ts';
import type { SaidToken } from '../../chat/logprobs.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
import type { ItemStatus, OpenItem, Place, ItemEvent } from './output-item.ts';

export interface MessageItem extends OpenItem {
  readonly kind: 'message';
  text(delta: string, logprobs?: readonly SaidToken[]): readonly ItemEvent[];
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
  let open: OpenPart | undefined;
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
    const { kind, text, tokens } = open;
    const { event, member } = names[kind];
    const part = partOf(open);
    const logprobs = kind === 'output_text' ? { logprobs: encodeLogprobs(tokens) } : {};
    const events = [
      { type: `${event}.done`, ...place(), [member]: text.whole(), ...logprobs },
      { type: 'response.content_part.done', ...place(), part },
    ];
    parts.push(part);
    open = undefined;
    return events;
  };

  const write = (kind: PartKind, delta: string, tokens: readonly SaidToken[] = []): readonly ItemEvent[] => {
    const before = open?.kind === kind ? [] : closePart();
    const isNew = open === undefined;
    open ??= emptyPart(kind);
    open.text.add(delta);
    open.tokens.push(...tokens);
    const logprobs = kind === 'output_text' ? { logprobs: encodeLogprobs(tokens) } : {};
    const added = { type: 'response.content_part.added', ...place(), part: partOf(emptyPart(kind)) };
    return [
      ...before,
      ...(isNew ? [added] : []),
      { type: `${names[kind].event}.delta`, ...place(), delta, ...logprobs },
    ];
  };

  const snapshot = (status: ItemStatus) => item(status, open ? [...parts, partOf(open)] : [...parts]);

  return {
    kind: 'message',
    added: () => [{ type: 'response.output_item.added', output_index: index, item: item('in_progress', []) }],
    text: (delta, logprobs) => write('output_text', delta, logprobs),
    refusal: (delta) => write('refusal', delta),
    snapshot,
    close: (status) => [
      ...closePart(),
      { type: 'response.output_item.done', output_index: index, item: snapshot(status) },
    ],
  };
}

interface OpenPart {
  readonly kind: PartKind;
  readonly text: GrowingText;
  readonly tokens: SaidToken[];
}

function emptyPart(kind: PartKind): OpenPart {
  return { kind, text: makeGrowingText(), tokens: [] };
}

function partOf({ kind, text, tokens }: OpenPart): object {
  return kind === 'refusal'
    ? { type: kind, refusal: text.whole() }
    : { type: kind, text: text.whole(), annotations: [], logprobs: encodeLogprobs(tokens) };
}

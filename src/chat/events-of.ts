import type { ChatAnswer } from './answer.ts';
import type { ChatEvent } from './event.ts';
import type { AssistantPart, TextPart } from './part.ts';

/** The events of a whole answer, so that what is not streamed takes the same way as what is. */
export function eventsOf(answer: ChatAnswer): readonly ChatEvent[] {
  const { id, model, parts, usage, finish, failure } = answer;
  const start: ChatEvent = {
    type: 'message-start',
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    usage,
  };
  const content = parts.flatMap((part, index) => eventsOfPart(part, index));
  const events: ChatEvent[] = [start, ...content, { type: 'usage', usage }];
  if (finish) events.push({ type: 'finish', ...finish });
  if (failure) events.push({ type: 'failure', failure });
  return events;
}

function eventsOfPart(part: AssistantPart, index: number): readonly ChatEvent[] {
  switch (part.type) {
    case 'text':
      return [
        { type: 'text-start', index, ...extensionsOf(part) },
        ...(part.text === '' ? [] : [textDelta(index, part)]),
        { type: 'text-end', index },
      ];
    case 'refusal':
      return [
        { type: 'refusal-start', index },
        { type: 'refusal-delta', index, text: part.text },
        { type: 'refusal-end', index },
      ];
    case 'reasoning':
      return [
        { type: 'reasoning-start', index },
        ...(part.text === '' ? [] : [{ type: 'reasoning-delta' as const, index, text: part.text }]),
        {
          type: 'reasoning-end',
          index,
          ...(part.state ? { state: part.state } : {}),
          ...extensionsOf(part),
        },
      ];
    case 'tool-call': {
      const { type: _, input, ...call } = part;
      return [
        { type: 'tool-call-start', index, ...call },
        ...(input === '' ? [] : [{ type: 'tool-call-delta' as const, index, text: input }]),
        { type: 'tool-call-end', index },
      ];
    }
    case 'image':
      // An answer's image comes with its bytes.
      return part.source.kind === 'base64' ? imageEvents(index, part.source) : [];
    case 'native':
      return [];
  }
}

/** The events of an image that a model made. */
export function imageEvents(
  index: number,
  { mediaType, data }: { readonly mediaType: string; readonly data: string },
): readonly ChatEvent[] {
  return [
    { type: 'image-start', index, mediaType, data },
    { type: 'image-end', index },
  ];
}

function textDelta(index: number, { text, logprobs }: TextPart): ChatEvent {
  return { type: 'text-delta', index, text, ...(logprobs ? { logprobs } : {}) };
}

function extensionsOf(part: Pick<AssistantPart & { type: 'text' }, 'extensions'>): {
  extensions?: NonNullable<typeof part.extensions>;
} {
  return part.extensions ? { extensions: part.extensions } : {};
}

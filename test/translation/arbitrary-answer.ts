import * as fc from 'fast-check';
import type { ChatAnswer } from '../../src/chat/answer.ts';
import type { ChatEvent, FinishReason } from '../../src/chat/event.ts';
import { eventsOf } from '../../src/chat/events-of.ts';
import type { AssistantPart } from '../../src/chat/part.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const name = fc.stringMatching(/^[a-z]{1,8}$/);

const textPart = text.map((content): AssistantPart => ({ type: 'text', text: content }));
const refusalPart = text.map((content): AssistantPart => ({ type: 'refusal', text: content }));
const callPart = fc
  .record({
    name,
    id: fc.stringMatching(/^call_[a-zA-Z0-9]{8}$/),
    args: fc.dictionary(name, fc.jsonValue({ maxDepth: 2 })),
  })
  .map(({ name: called, id, args }): AssistantPart => ({
    type: 'tool-call',
    id,
    name: called,
    kind: 'function',
    // As JSON has it: a negative zero is none.
    input: JSON.stringify(JSON.parse(JSON.stringify(args))),
  }));

/** @param source the maker of the state, in an envelope's words */
function reasoningPart(source: string): fc.Arbitrary<AssistantPart> {
  const state = fc.option(fc.base64String({ minLength: 4, maxLength: 12 }), { nil: undefined });
  return fc.record({ text, state }).map(({ text: thought, state: signature }) => ({
    type: 'reasoning' as const,
    text: thought,
    ...(signature === undefined ? {} : { state: { source, blocks: [{ signature }] } }),
  }));
}

/** What an answer ends with, given its parts. */
function reasonFor(parts: readonly AssistantPart[]): readonly FinishReason[] {
  if (parts.some(({ type }) => type === 'tool-call')) return ['tool-calls', 'length'];
  if (parts.some(({ type }) => type === 'refusal')) return ['refusal'];
  return ['end', 'length', 'filter'];
}

const count = fc.nat({ max: 100_000 });

/** A whole answer that any upstream might have given, with reasoning state of another protocol. */
export function arbitraryAnswer(
  kinds: readonly AssistantPart['type'][],
  source: string,
): fc.Arbitrary<ChatAnswer> {
  const byKind: Partial<Record<AssistantPart['type'], fc.Arbitrary<AssistantPart>>> = {
    text: textPart,
    refusal: refusalPart,
    reasoning: reasoningPart(source),
    'tool-call': callPart,
  };
  const part = fc.oneof(...kinds.flatMap((kind) => byKind[kind] ?? []));
  return fc
    .record({
      parts: fc.array(part, { minLength: 1, maxLength: 6 }),
      input: count,
      output: count,
      pick: fc.nat(),
    })
    .map(({ parts, input, output, pick }) => {
      const reasons = reasonFor(parts);
      return {
        id: 'answer1',
        model: 'some-model',
        parts,
        usage: {
          inputTokens: input,
          cacheReadTokens: Math.floor(input / 2),
          outputTokens: output,
          reasoningTokens: Math.floor(output / 3),
        },
        finish: { reason: reasons[pick % reasons.length] ?? 'end' },
      };
    });
}

/** The events of an answer, cut into smaller pieces. */
export function choppedEvents(answer: ChatAnswer, size: number): readonly ChatEvent[] {
  return eventsOf(answer).flatMap((event): readonly ChatEvent[] => {
    if (!('text' in event)) return [event];
    const pieces = event.text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? [];
    return pieces.map((piece) => ({ ...event, text: piece }));
  });
}

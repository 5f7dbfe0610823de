import {
  mergeUsage,
  type AnswerFailure,
  type ChatEvent,
  type Finish,
  type FinishReason,
  type Stage,
  type Usage,
} from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { makeOneAtATime } from '../../chat/one-at-a-time.ts';
import type { AnswerContext, WireEvent } from '../translator.ts';
import { streamErrorOf } from './answer-failure.ts';
import { openOutput } from './output.ts';
import type { ItemEvent } from './output-item.ts';
import { writePart } from './answer-part.ts';
import { responseObject, type ResponseFacts } from './response-object.ts';
import { encodeUsage } from './usage.ts';

/**
 * The stream of a response: `sequence_number` counts from 0, items come one after another, and the last event holds
 * the whole answer, because some clients read it from there alone.
 */
export function encodeStream(context: AnswerContext): Stage<ChatEvent, WireEvent> {
  const writer = makeResponseWriter(context);
  const line = makeOneAtATime();
  let count = 0;
  return {
    feed: (event) => line.feed(event).flatMap(writer.feed).map(number),
    end: () => [...line.end().flatMap(writer.feed), ...writer.end()].map(number),
  };

  function number({ type, ...members }: ItemEvent): WireEvent {
    return { event: type, data: writeExactJson({ type, sequence_number: count++, ...members }) };
  }
}

/** The events of a response, not numbered yet. */
function makeResponseWriter(context: AnswerContext): Stage<ChatEvent, ItemEvent> {
  const output = openOutput(context.id);
  let usage: Usage = {};
  let hasRefusal = false;
  let phase: 'fresh' | 'open' | 'over' = 'fresh';

  const response = (facts: Pick<ResponseFacts, 'status'> & Partial<ResponseFacts>) =>
    responseObject(
      {
        id: `resp_${context.id}`,
        createdAtS: context.createdAt,
        model: context.model,
        output: output.items(),
        ...facts,
      },
      context.request.repeated,
    );
  const start = (): readonly ItemEvent[] => {
    if (phase !== 'fresh') return [];
    phase = 'open';
    const fresh = response({ status: 'in_progress' });
    return [
      { type: 'response.created', response: fresh },
      { type: 'response.in_progress', response: fresh },
    ];
  };
  const finish = ({ reason, explanation }: Finish): readonly ItemEvent[] => {
    phase = 'over';
    const refused = explanation !== undefined && !hasRefusal ? output.refusal(explanation) : [];
    const closed = output.close(reason === 'length' ? 'incomplete' : 'completed');
    const end = endOf(reason, context.createdAt);
    return [
      ...refused,
      ...closed,
      { type: `response.${end.status}`, response: response({ ...end, usage: encodeUsage(usage) }) },
    ];
  };

  const fail = (failure: AnswerFailure): readonly ItemEvent[] => {
    phase = 'over';
    const error = streamErrorOf(failure);
    return [{ type: 'response.failed', response: response({ status: 'failed', error }) }];
  };

  const read = (event: ChatEvent): readonly ItemEvent[] => {
    if (event.type === 'finish') return finish(event);
    if (event.type === 'failure') return fail(event.failure);
    if (event.type === 'message-start' || event.type === 'usage') {
      usage = mergeUsage(usage, event.usage);
      return [];
    }
    hasRefusal ||= event.type === 'refusal-start';
    return writePart(output, event);
  };

  return {
    feed: (event) => (phase === 'over' ? [] : [...start(), ...read(event)]),
    end: () => [],
  };
}

function endOf(
  reason: FinishReason,
  atS: number,
): Pick<ResponseFacts, 'status' | 'incompleteReason' | 'completedAtS'> {
  if (reason === 'length') return { status: 'incomplete', incompleteReason: 'max_output_tokens' };
  if (reason === 'filter') return { status: 'incomplete', incompleteReason: 'content_filter' };
  return { status: 'completed', completedAtS: atS };
}

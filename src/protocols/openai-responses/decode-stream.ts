import { endedEarly, type ChatEvent, type FinishReason, type Stage } from '../../chat/event.ts';
import { given, isRecord, parseJson, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { readStreamError } from './answer-failure.ts';
import { decodeItem, type ItemDecoder, type Parts } from './item-decoder.ts';
import { decodeUsage } from './usage.ts';

/** Unknown types of events and items are ignored: the vendor adds some at any time. */
export function decodeStream(): Stage<string, ChatEvent> {
  const items = new Map<unknown, ItemDecoder | undefined>();
  const parts = numberParts();
  let phase: 'fresh' | 'open' | 'over' = 'fresh';
  let hasCalls = false;
  let hasRefusal = false;

  const start = ({ id, model }: JsonRecord): readonly ChatEvent[] => {
    if (phase !== 'fresh') return [];
    phase = 'open';
    return [{ type: 'message-start', ...given({ id: textOf(id), model: textOf(model) }) }];
  };
  const open = (place: unknown, item: JsonRecord): readonly ChatEvent[] => {
    const opened = decodeItem(item, parts);
    items.set(place, opened?.decoder);
    hasCalls ||= opened?.decoder.isCall === true;
    return opened?.events ?? [];
  };
  const finishItem = (place: unknown, item: JsonRecord): readonly ChatEvent[] => {
    const opened = items.has(place) ? [] : open(place, item);
    return [...opened, ...(items.get(place)?.done(item) ?? [])];
  };
  const finish = (response: JsonRecord): readonly ChatEvent[] => {
    const missing = recordsOf(response.output).flatMap((item, place) =>
      items.has(place) ? [] : finishItem(place, item),
    );
    const usage = decodeUsage(response.usage);
    hasRefusal ||= missing.some(({ type }) => type === 'refusal-start');
    return [
      ...missing,
      ...parts.closeAll(),
      ...(usage ? [{ type: 'usage' as const, usage }] : []),
      finishOf(response, hasCalls, hasRefusal),
    ];
  };
  const fail = (error: unknown): readonly ChatEvent[] => [
    { type: 'failure', failure: readStreamError(error) },
  ];

  const unreadable = (): readonly ChatEvent[] => {
    phase = 'over';
    const message = 'The upstream sent an event that cannot be read.';
    return [{ type: 'failure', failure: { kind: 'bad-upstream', message, code: 'upstream_error' } }];
  };

  const read = (type: string, event: JsonRecord): readonly ChatEvent[] => {
    const response = recordOf(event.response);
    const item = recordOf(event.item);
    switch (type) {
      case 'response.output_item.added':
        return items.has(event.output_index) ? [] : open(event.output_index, item);
      case 'response.output_item.done':
        return finishItem(event.output_index, item);
      case 'response.completed':
      case 'response.incomplete':
        phase = 'over';
        return finish(response);
      case 'response.failed':
      case 'response.cancelled':
        phase = 'over';
        return fail(response.error);
      case 'error':
        phase = 'over';
        return fail(isRecord(event.error) ? event.error : event);
      default:
        return items.get(event.output_index)?.delta(type, event) ?? [];
    }
  };

  return {
    feed: (data) => {
      if (phase === 'over' || isWordless(data)) return [];
      const event = parseJson(data);
      // Passed over, it would be a hole in the answer of which nobody is told.
      if (!isRecord(event)) return unreadable();
      const type = isRecord(event.error) && textOf(event.type) === undefined ? 'error' : textOf(event.type);
      if (type === undefined || isForeign(type)) return [];
      const events = [...start(recordOf(event.response)), ...read(type, event)];
      hasRefusal ||= events.some((one) => one.type === 'refusal-start');
      return events;
    },
    end: () => {
      if (phase === 'over') return [];
      phase = 'over';
      return [{ type: 'failure', failure: endedEarly }];
    },
  };
}

/** Nothing, or another protocol's end, which some servers send behind their own. */
function isWordless(data: string): boolean {
  const text = data.trim();
  return text === '' || text === '[DONE]';
}

/** Events that back-ends put between those of an answer. */
function isForeign(type: string): boolean {
  return type !== 'error' && !type.startsWith('response.');
}

function finishOf(response: JsonRecord, hasCalls: boolean, hasRefusal: boolean): ChatEvent {
  if (response.status !== 'incomplete') {
    const reason: FinishReason = hasCalls ? 'tool-calls' : hasRefusal ? 'refusal' : 'end';
    return { type: 'finish', reason, raw: 'completed' };
  }
  const why = textOf(recordOf(response.incomplete_details).reason) ?? 'max_output_tokens';
  return {
    type: 'finish',
    reason: why === 'content_filter' ? 'filter' : 'length',
    raw: `incomplete:${why}`,
  };
}

/** Items come one after another; a server that forgets to finish one must not make parts overlap. */
function numberParts(): Parts & { closeAll(): readonly ChatEvent[] } {
  let count = 0;
  let open: (() => readonly ChatEvent[]) | undefined;
  const closeAll = (): readonly ChatEvent[] => {
    const events = open?.() ?? [];
    open = undefined;
    return events;
  };
  return {
    next: () => count++,
    switchTo: (finish) => {
      const events = open === finish ? [] : closeAll();
      open = finish;
      return events;
    },
    leave: (finish) => {
      if (open === finish) open = undefined;
    },
    closeAll,
  };
}

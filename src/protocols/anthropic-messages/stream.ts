import { dataLines } from '../event-data.ts';
import { given, isBlank, isRecord, parseJson, textOf } from '../json-value.ts';
import type { Ending, Meaning } from '../protocol.ts';

const none: Meaning = { kind: 'none' };
const content: Meaning = { kind: 'content' };
const empty: Meaning = { kind: 'empty' };

/** What ends without content because of the request itself: asking again would end the same way. */
const ownEnds = new Set(['max_tokens', 'refusal', 'model_context_window_exceeded', 'pause_turn']);

/** Bodies above this hold content for sure: only small ones are parsed to see whether they are empty. */
const MAX_PARSED_BYTES = 4096;

export function meaningOfEvent(data: string): Meaning {
  const event = parseJson(data);
  if (!isRecord(event)) return content;
  switch (event.type) {
    case 'content_block_start':
      return isBlankBlock(event.content_block) ? none : content;
    case 'content_block_delta':
      return isBlankBlock(event.delta) ? none : content;
    case 'message_delta':
      return meaningOfEnd(isRecord(event.delta) ? event.delta.stop_reason : undefined);
    case 'message_stop':
      return empty;
    case 'error':
      return { kind: 'error', body: data };
    // `message_start`, `ping`, and what will be invented, of which nobody knows that it is content.
    default:
      return isRecord(event.error) ? { kind: 'error', body: data } : none;
  }
}

/** A block that has only begun, and a delta of nothing. A tool's name and hidden thinking are content by themselves. */
function isBlankBlock(block: unknown): boolean {
  if (!isRecord(block)) return true;
  const type = textOf(block.type) ?? '';
  if (type !== 'text' && type !== 'thinking' && !type.endsWith('_delta')) return false;
  return Object.entries(block).every(([name, value]) => name === 'type' || isBlank(value));
}

function meaningOfEnd(reason: unknown): Meaning {
  if (typeof reason !== 'string') return none;
  return ownEnds.has(reason) ? content : empty;
}

export function meaningOfBody(body: Buffer): Meaning {
  const text = body.toString('utf8', 0, MAX_PARSED_BYTES);
  if (body.length > MAX_PARSED_BYTES) {
    const isWhole = /^\s*\{/.test(text) && /\}\s*$/.test(body.toString('latin1', body.length - 64));
    const isError = /^\s*\{\s*"(?:error"\s*:|type"\s*:\s*"error")/.test(text);
    return isWhole && !isError ? content : { kind: 'error', body: body.toString('utf8') };
  }
  const answer = parseJson(text);
  if (!isRecord(answer) || answer.type === 'error' || isRecord(answer.error))
    return { kind: 'error', body: text };
  // What is no message is the answer of another endpoint, such as a count.
  if (answer.type !== 'message') return Object.keys(answer).length > 0 ? content : empty;
  const blocks = Array.isArray(answer.content) ? answer.content : [];
  if (blocks.some((block) => !isBlankBlock(block))) return content;
  return meaningOfEnd(answer.stop_reason) === content ? content : empty;
}

const STOP = /"type"\s*:\s*"message_stop"/;
const ERROR = /"error"/;

/** A model's words cannot be taken for an event: each event is looked at by its own `type`, or its `error`. */
export function endingOf(tail: Buffer): Ending {
  const text = tail.toString('utf8');
  const events = dataLines(text).filter((data) => STOP.test(data) || ERROR.test(data));
  let finished = false;
  let error: string | undefined;
  for (const data of events) {
    const event = parseJson(data);
    if (!isRecord(event)) continue;
    if (event.type === 'message_stop') finished = true;
    if (meaningOfEvent(data).kind === 'error') error = data;
  }
  const rest = finished ? ('nothing' as const) : error === undefined ? undefined : ('asides' as const);
  return { finished, ...given({ error, rest }) };
}

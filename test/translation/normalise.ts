import { clean, isObject, listOf, objectOf, parsedArguments, type Json } from './clean.ts';
import type { Frame, Transcript } from './fixtures.ts';

/** An answer in the form in which the fixtures' README compares it. @throws Error where its framing is wrong */
export function normaliseAnswer(protocol: string, transcript: Transcript): unknown {
  if (!transcript.sse) return { status: transcript.status, json: cleanWhole(protocol, transcript.json) };
  const frames = transcript.sse.filter(({ comment }) => comment === undefined);
  return { status: transcript.status, events: normaliseStream(protocol, frames) };
}

function cleanWhole(protocol: string, json: unknown): unknown {
  if (protocol === 'messages' && isObject(json) && isObject(json.usage)) {
    return { ...objectOf(clean(json)), usage: messagesUsage([json.usage]) };
  }
  if (protocol === 'gemini' && isObject(json) && !json.error) return geminiEvents([{ data: json }]);
  return clean(json);
}

function normaliseStream(protocol: string, frames: readonly Frame[]): unknown {
  switch (protocol) {
    case 'chat':
      return chatEvents(frames);
    case 'responses':
      return responsesEvents(frames);
    case 'messages':
      return messagesEvents(frames);
    default:
      return geminiEvents(frames);
  }
}

/** Adjacent pieces of one kind become one (rule 3). */
function join(
  pieces: readonly Json[],
  same: (one: Json, other: Json) => boolean,
  field: string,
): readonly Json[] {
  const out: Json[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last && typeof piece[field] === 'string' && same(last, piece)) {
      out[out.length - 1] = { ...last, [field]: `${String(last[field])}${piece[field]}` };
    } else out.push(piece);
  }
  return out;
}

function chatEvents(frames: readonly Frame[]): unknown {
  const pieces: Json[] = [];
  const calls = new Map<unknown, Record<string, unknown>>();
  for (const { event, data } of frames) {
    if (event !== undefined) throw new Error('Chat Completions frames have no event line');
    if (!isObject(data)) pieces.push({ end: data });
    else if (data.error) pieces.push({ error: data.error });
    else pieces.push(...chatPieces(data, calls));
  }
  const joined = join(pieces, (one, other) => one.kind !== undefined && one.kind === other.kind, 'text');
  return joined.map((piece) => (isObject(piece.call) ? { call: finishedCall(piece.call) } : piece));
}

function chatPieces(chunk: Json, calls: Map<unknown, Record<string, unknown>>): readonly Json[] {
  for (const key of ['id', 'object', 'created', 'model']) {
    if (chunk[key] === undefined) throw new Error(`A chunk lacks ${key}`);
  }
  const usage = isObject(chunk.usage) ? [{ usage: chunk.usage }] : [];
  const [choice] = listOf(chunk.choices).map(objectOf);
  if (!choice) return usage;
  if (choice.finish_reason === undefined) throw new Error('A choice lacks finish_reason');
  const { role, tool_calls: toolCalls, ...texts } = objectOf(choice.delta);
  const said = Object.entries(texts)
    .filter(([, text]) => typeof text === 'string' && text !== '')
    .map(([kind, text]) => ({ kind, text }));
  const opened = listOf(toolCalls)
    .map(objectOf)
    .flatMap((delta) => addCall(delta, calls));
  const finish = choice.finish_reason === null ? [] : [{ finish: choice.finish_reason }];
  return [
    ...(role === undefined ? [] : [{ role, content: texts.content }]),
    ...said,
    ...opened,
    ...finish,
    ...usage,
  ];
}

/** Calls are compared per index; a call stands where it was opened. */
function addCall(delta: Json, calls: Map<unknown, Record<string, unknown>>): readonly Json[] {
  const { arguments: text } = objectOf(delta.function);
  const known = calls.get(delta.index);
  if (known) {
    known.text = `${String(known.text)}${textOr(text)}`;
    return [];
  }
  const { index, id, type } = delta;
  const call = { index, id, type, name: objectOf(delta.function).name, text: textOr(text) };
  calls.set(index, call);
  return [{ call }];
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function finishedCall({ text, ...call }: Json): Json {
  return { ...call, arguments: parsedArguments(String(text)) };
}

function messagesEvents(frames: readonly Frame[]): unknown {
  const events = frames.map(({ event, data }) => {
    if (event !== objectOf(data).type) throw new Error(`The event line says ${String(event)}`);
    return objectOf(data);
  });
  const told = events.filter(({ type }) => type !== 'ping');
  const usages = told.flatMap((event) => [objectOf(event.message).usage, event.usage]).filter(isObject);
  const flat = told.map(({ delta, message, ...event }) => ({
    ...event,
    usage: undefined,
    ...(message === undefined ? {} : { message: { ...objectOf(message), usage: undefined } }),
    ...(event.type === 'content_block_delta'
      ? {
          kind: objectOf(delta).type,
          piece: Object.entries(objectOf(delta)).find(([key]) => key !== 'type')?.[1],
        }
      : { delta }),
  }));
  const joined = join(
    flat,
    (one, other) => one.kind !== undefined && one.kind === other.kind && one.index === other.index,
    'piece',
  );
  const parsed = joined.map((event) =>
    event.kind === 'input_json_delta' ? { ...event, piece: parsedArguments(String(event.piece)) } : event,
  );
  const signed = parsed.map((event) =>
    event.kind === 'signature_delta' ? { ...event, piece: clean({ signature: event.piece }) } : event,
  );
  return { events: clean(signed), usage: messagesUsage(usages) };
}

/** The last count that is told of each kind (rule 8). */
function messagesUsage(usages: readonly Json[]): Json {
  const last = (read: (usage: Json) => unknown) =>
    usages.map(read).findLast((count) => typeof count === 'number') ?? 0;
  return {
    input: last((usage) => usage.input_tokens),
    written: last((usage) => usage.cache_creation_input_tokens),
    read: last((usage) => usage.cache_read_input_tokens),
    output: last((usage) => usage.output_tokens),
    thinking: last((usage) => objectOf(usage.output_tokens_details).thinking_tokens),
  };
}

function responsesEvents(frames: readonly Frame[]): unknown {
  const events = frames.map(({ data }) => objectOf(data)).filter(({ type }) => type !== 'keepalive');
  const numbers = frames.map(({ event, data }) => {
    if (event !== objectOf(data).type) throw new Error(`The event line says ${String(event)}`);
    return objectOf(data).sequence_number;
  });
  if (numbers.some((number, place) => number !== place)) throw new Error('Sequence numbers have gaps');
  const same = (one: Json, other: Json) => one.type === other.type && one.output_index === other.output_index;
  return clean(join(events, same, 'delta'));
}

/** Parts of all chunks together; where the chunks end is free, but the finish stands in the last. */
function geminiEvents(frames: readonly Frame[]): unknown {
  const chunks = frames.map(({ event, data }) => {
    if (event !== undefined) throw new Error('Gemini frames have no event line');
    return objectOf(data);
  });
  const candidates = chunks.map((chunk) => objectOf(listOf(chunk.candidates)[0]));
  const finishes = candidates.map(({ finishReason }) => finishReason);
  const early = finishes.slice(0, -1).some((reason) => reason !== undefined);
  if (early) throw new Error('Something follows the finish');
  const parts = candidates.flatMap(({ content }) => listOf(objectOf(content).parts)).map(objectOf);
  const told = parts.filter((part) => part.text !== '' || part.thoughtSignature !== undefined);
  const same = (one: Json, other: Json) =>
    typeof one.text === 'string' &&
    one.thought === other.thought &&
    one.thoughtSignature === undefined &&
    other.thoughtSignature === undefined;
  return {
    parts: clean(join(told, same, 'text')),
    finish: finishes.at(-1),
    usage: chunks.map(({ usageMetadata }) => usageMetadata).findLast((usage) => usage !== undefined),
    promptFeedback: chunks
      .map(({ promptFeedback }) => promptFeedback)
      .find((feedback) => feedback !== undefined),
    error: chunks.map(({ error }) => error).find((error) => error !== undefined),
  };
}

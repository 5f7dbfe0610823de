import { makeRestorer, type Restoration } from '../../src/chat/restore.ts';
import type { ChatEvent, Stage } from '../../src/chat/event.ts';
import type { ModelFacts } from '../../src/chat/model-facts.ts';
import type { ChatRequest } from '../../src/chat/request.ts';
import type { AnswerContext, Translator, WireEvent } from '../../src/protocols/translator.ts';
import { makeFrameAligner, readData } from '../../src/upstream/frames.ts';
import type { Frame, Transcript, WireRequest } from './fixtures.ts';

/** The bytes of a stream, as the fixtures' README has them. */
export function bytesOf(frames: readonly Frame[]): Buffer {
  const text = frames.map(({ event, data, comment }) => {
    if (comment !== undefined) return `: ${comment}\n\n`;
    const written = typeof data === 'string' ? data : JSON.stringify(data);
    return `${event === undefined ? '' : `event: ${event}\n`}data: ${written}\n\n`;
  });
  return Buffer.from(text.join(''));
}

export function runAll<In, Out>(stage: Stage<In, Out>, inputs: Iterable<In>): readonly Out[] {
  const out: Out[] = [];
  for (const input of inputs) out.push(...stage.feed(input));
  out.push(...stage.end());
  return out;
}

/** What an upstream's answer says, in neutral events. */
export function decodeAnswer(translator: Translator, transcript: Transcript): readonly ChatEvent[] {
  if (!transcript.sse) return translator.decodeResponse(JSON.stringify(transcript.json));
  return decodeChunks(translator, [bytesOf(transcript.sse)]);
}

export function decodeChunks(translator: Translator, chunks: readonly Buffer[]): readonly ChatEvent[] {
  const aligner = makeFrameAligner();
  const decoder = translator.decodeStream();
  const events = chunks.flatMap((chunk) => {
    const whole = aligner.push(chunk);
    return whole ? readData(whole).flatMap((data) => decoder.feed(data)) : [];
  });
  return [...events, ...decoder.end()];
}

export function contextOf(request: ChatRequest): AnswerContext {
  return { id: 'abc123', createdAt: 1_795_168_800, model: 'm', request };
}

export function decodeWireRequest(translator: Translator, { path, body }: WireRequest): ChatRequest {
  return translator.decodeRequest(JSON.stringify(body), path);
}

/** An answer on its way from an upstream to a client, as the client gets it. */
export function translateAnswer(
  client: Translator,
  upstream: Translator,
  request: ChatRequest,
  answer: readonly ChatEvent[],
  facts?: ModelFacts,
): Transcript {
  const target = { model: 'm', reasoningState: 'foreign' as const, ...(facts ? { facts } : {}) };
  const { restoration } = upstream.encodeRequest(request, target);
  return writeAnswer(client, request, restore(restoration, answer));
}

export function restore(restoration: Restoration, answer: readonly ChatEvent[]): readonly ChatEvent[] {
  return runAll(makeRestorer(restoration), answer);
}

/** What has failed before anything was said can still be told with a status. */
export function writeAnswer(
  client: Translator,
  request: ChatRequest,
  events: readonly ChatEvent[],
): Transcript {
  const failed = events.find((event) => event.type === 'failure');
  const isUntouched = !events.some(({ type }) => type.endsWith('-delta') || type === 'tool-call-start');
  if (!request.stream || (failed && isUntouched)) {
    const { status, body } = client.encodeResponse(events, contextOf(request));
    return { status, json: JSON.parse(body) as unknown };
  }
  const written = runAll(client.encodeStream(contextOf(request)), events);
  return { status: 200, sse: written.map(frameOf) };
}

function frameOf({ event, data }: WireEvent): Frame {
  const parsed: unknown = data === '[DONE]' ? data : JSON.parse(data);
  return { ...(event === undefined ? {} : { event }), data: parsed };
}

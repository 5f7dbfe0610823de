import type { ChatEvent, Stage } from '../chat/event.ts';
import type { ChatRequest } from '../chat/request.ts';
import { makeRestorer, type Restoration } from '../chat/restore.ts';
import type { Failure } from '../failure.ts';
import type { Heard, Spoken } from '../protocols/spoken.ts';
import {
  writeServerSentEvent,
  type AnswerContext,
  type EncodedRequest,
  type Translator,
  type WireEvent,
} from '../protocols/translator.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { readData } from '../upstream/frames.ts';
import type { HeldAnswer } from './attempt.ts';
import type { Carrier, Gather, StreamCarrier } from './carrier.ts';
import { translatedHeaders } from './headers.ts';

/** One request in the words of an account that does not speak the client's protocol, and the way back. */
export interface Translation extends Pick<EncodedRequest, 'path' | 'dropped'> {
  readonly body: Buffer;
  readonly carrier: Carrier;
}

/** What an answer to the client depends on, whoever gives it. */
export interface AnswerSpec {
  readonly client: Heard;
  readonly request: ChatRequest;
  readonly context: Omit<AnswerContext, 'request'>;
  /** The client wants its stream as one JSON array. */
  readonly inArray: boolean;
}

export interface TranslationSpec extends AnswerSpec {
  readonly upstream: Spoken;
  /** Under the name that the upstream gives it. */
  readonly model: string;
  /** How long its answer may be, in tokens, where the provider's list of models says so: it knows better than a name tells. */
  readonly outputLimit?: number | undefined;
  /** Whether the account that is asked is the one that made the reasoning in the conversation. */
  readonly isOwner: boolean;
}

/** @throws RotaError of kind `invalid-request` for what the upstream's protocol cannot say */
export function translate(spec: TranslationSpec): Translation {
  const { upstream, request, model, outputLimit, isOwner } = spec;
  const reasoningState = isOwner ? 'same-account' : 'foreign';
  const named = upstream.translator.factsOf(model);
  const facts = outputLimit === undefined ? named : { ...named, maxOutputTokens: outputLimit };
  const encoded = upstream.translator.encodeRequest(request, {
    model,
    facts,
    reasoningState,
    keysConversation: true,
  });
  return {
    path: encoded.path,
    body: Buffer.from(encoded.body),
    dropped: encoded.dropped,
    carrier: carrierOf(spec, upstream, encoded.restoration),
  };
}

const JSON_TYPE = ['content-type', 'application/json'] as const;
const STREAM_TYPE = ['content-type', 'text/event-stream; charset=utf-8'] as const;

function carrierOf(spec: AnswerSpec, upstream: Spoken, restoration: Restoration): Carrier {
  const { client, request, inArray } = spec;
  const { translator: from } = upstream;
  const restored = (events: readonly ChatEvent[]) => runAll(makeRestorer(restoration), events);
  const gather: Gather = (status, headers, data) =>
    answerOf(restored(runAll(from.decodeStream(), data)), spec, status, headers);
  return {
    carriesAnything: false,
    body: (status, headers, body) =>
      answerOf(restored(from.decodeResponse(body.toString('utf8'))), spec, status, headers),
    refusal(status, headers, body) {
      const { status: told, body: text } = client.translator.encodeFailure(
        from.decodeFailure(status, body.toString('utf8')),
      );
      const array = inArray ? client.protocol.inArray : undefined;
      return held(told, [...JSON_TYPE, ...waitOf(headers)], array?.wrapError(text) ?? text);
    },
    streamHeaders: (headers) => translatedHeaders(headers, streamType(inArray)),
    stream: () => streamCarrier(from, makeRestorer(restoration), makeWritten(spec)),
    ...(request.stream ? {} : { gather }),
  };
}

/** A whole answer in the client's protocol, and in the form that it asked for. */
export function answerOf(
  events: readonly ChatEvent[],
  spec: AnswerSpec,
  status: number,
  headers: HeaderFields,
): HeldAnswer {
  const { client, request, context, inArray } = spec;
  if (request.stream) {
    const { feed, end } = makeWritten(spec);
    return held(status, translatedHeaders(headers, streamType(inArray)), events.map(feed).join('') + end());
  }
  const answer = client.translator.encodeResponse(events, { ...context, request });
  return held(answer.status, translatedHeaders(headers, JSON_TYPE), answer.body);
}

function streamType(inArray: boolean): readonly string[] {
  return inArray ? JSON_TYPE : STREAM_TYPE;
}

function held(status: number, headers: readonly string[], text: string): HeldAnswer {
  return { status, headers, body: Buffer.from(text) };
}

function waitOf(headers: HeaderFields): readonly string[] {
  const wait = headers['retry-after'];
  return typeof wait === 'string' ? ['retry-after', wait] : [];
}

interface Written {
  feed(event: ChatEvent): string;
  end(): string;
}

/** Events of an answer as text on the client's wire. */
function makeWritten({ client, request, context, inArray }: AnswerSpec): Written {
  const encoder = client.translator.encodeStream({ ...context, request });
  let elements = 0;
  const write = (event: WireEvent) => {
    if (!inArray) return writeServerSentEvent(event);
    elements += 1;
    return `${elements === 1 ? '[' : ',\r\n'}${event.data}`;
  };
  const all = (events: readonly WireEvent[]) => events.map(write).join('');
  return {
    feed: (event) => all(encoder.feed(event)),
    end() {
      const last = all(encoder.end());
      if (!inArray) return last;
      return last + (elements === 0 ? '[]' : ']');
    },
  };
}

function streamCarrier(
  from: Translator,
  restorer: Stage<ChatEvent, ChatEvent>,
  written: Written,
): StreamCarrier {
  const decoder = from.decodeStream();
  let failed: string | undefined;
  const write = (event: ChatEvent) => {
    if (event.type === 'failure') failed ??= event.failure.message;
    return written.feed(event);
  };
  const restored = (events: readonly ChatEvent[]) =>
    events
      .flatMap((event) => restorer.feed(event))
      .map(write)
      .join('');
  const read = (frames: Buffer) =>
    readData(frames)
      .map((data) => restored(decoder.feed(data)))
      .join('');
  const over = () => restorer.end().map(write).join('') + written.end();
  return {
    push: (frames) => Buffer.from(read(frames)),
    end: (remainder) => Buffer.from(read(remainder) + restored(decoder.end()) + over()),
    broken({ message }: Failure) {
      const failure = { kind: 'bad-upstream', message } as const;
      return Buffer.from(restored([{ type: 'failure', failure }]) + written.end());
    },
    failed: () => failed,
  };
}

function runAll<In, Out>(stage: Stage<In, Out>, inputs: Iterable<In>): readonly Out[] {
  const out: Out[] = [];
  for (const input of inputs) out.push(...stage.feed(input));
  out.push(...stage.end());
  return out;
}

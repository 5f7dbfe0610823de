import type { Outcome } from '../outcome.ts';
import type { StreamForm } from '../protocols/protocol.ts';
import { statusOfErrorBody } from '../providers/error-object.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { makeElementAligner, readElements } from '../upstream/elements.ts';
import { isWholeEvent, makeFrameAligner, readData, type FrameAligner } from '../upstream/frames.ts';
import type { AttemptResult, AttemptSpec, HeldAnswer } from './attempt.ts';
import type { StreamCarrier } from './carrier.ts';
import { makeTail } from './tail.ts';
import type { Writer } from './writer.ts';

/** Beyond this an answer is no longer held back: it is handed on as it comes. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Beyond this an answer that has to be whole to be understood is given up. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/** What the readers of the different kinds of answer share. */
export interface Flow extends Pick<
  AttemptSpec,
  'protocol' | 'carrier' | 'inArray' | 'reply' | 'model' | 'now' | 'classify'
> {
  /** Begins the client's answer, with our own headers beside the upstream's: the commit point. */
  begin(status: number, headers: readonly string[]): void;
  settle(result: AttemptResult): void;
  fail(outcome: Outcome, held?: HeldAnswer): void;
  writer(): Writer;
}

/** Takes an answer's bytes as they come. */
export interface Reader {
  data(chunk: Buffer): void;
  end(): void;
  /** The connection broke, or fell silent. */
  cut(outcome: Outcome): void;
}

export function readerFor(flow: Flow, status: number, headers: HeaderFields): Reader {
  if (status >= 300 && status < 400) {
    const detail = `a redirect (${status}), which is not followed with a credential`;
    flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
    return { data() {}, end() {}, cut() {} };
  }
  if (status >= 400) return errorReader(flow, status, headers);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return encodedReader(flow, status, headers);
  const isStream = /^text\/event-stream\b/i.test(String(headers['content-type'] ?? ''));
  if (isStream) return streamReader(flow, status, headers, eventStream(flow));
  const array = flow.inArray ? flow.protocol.inArray : undefined;
  return array ? streamReader(flow, status, headers, arrayStream(array)) : bodyReader(flow, status, headers);
}

/** Uncompressed was asked for. What came compressed all the same is for the client to unpack, if it goes on as it is. */
function encodedReader(flow: Flow, status: number, headers: HeaderFields): Reader {
  if (flow.carrier.carriesAnything) return opaqueReader(flow, status, headers, []);
  const detail = `an answer with the content-encoding '${String(headers['content-encoding'])}', which was not asked for`;
  flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
  return { data() {}, end() {}, cut() {} };
}

/** An answer that is no success is held whole: rotation decides whether the client ever sees it. */
function errorReader(flow: Flow, status: number, headers: HeaderFields): Reader {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const conclude = () => {
    const body = Buffer.concat(chunks);
    const outcome = classify(flow, status, headers, body.toString('utf8'));
    flow.fail(outcome, flow.carrier.refusal(status, headers, body));
  };
  return {
    data(chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_HELD_BYTES) conclude();
    },
    end: conclude,
    cut: conclude,
  };
}

/** A blocking answer is of use to nobody before it is whole: it is held, so that a cut one is not the client's trouble. */
function bodyReader(flow: Flow, status: number, headers: HeaderFields): Reader {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let passing: Reader | undefined;
  return {
    data(chunk) {
      if (passing) return passing.data(chunk);
      chunks.push(chunk);
      bytes += chunk.length;
      if (flow.carrier.carriesAnything) {
        if (bytes > MAX_HELD_BYTES) passing = opaqueReader(flow, status, headers, chunks);
      } else if (bytes > MAX_WHOLE_BYTES) {
        const detail = `an answer of more than ${MAX_WHOLE_BYTES} bytes`;
        flow.fail({ kind: 'transport', scope: 'attempt', status, detail });
      }
    },
    end() {
      if (passing) return passing.end();
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const meaning = flow.protocol.meaningOfBody(body);
      if (meaning.kind === 'error') return failWithError(flow, meaning.body, headers);
      if (meaning.kind === 'empty') {
        return flow.fail(emptyAnswer(status), flow.carrier.body(status, headers, body));
      }
      const answer = flow.carrier.body(status, headers, body);
      flow.begin(answer.status, [...answer.headers, 'content-length', String(answer.body.length)]);
      flow.reply.end(answer.body);
      const answerId = flow.protocol.answerId?.ofBody(body);
      flow.settle({
        kind: 'delivered',
        status: answer.status,
        ...(answerId === undefined ? {} : { answerId }),
      });
    },
    cut(outcome) {
      if (passing) passing.cut(outcome);
      else flow.fail(outcome);
    },
  };
}

/** Bytes that cannot be looked into, or are too many to hold: handed on as they come, broken off where they break. */
function opaqueReader(flow: Flow, status: number, headers: HeaderFields, held: readonly Buffer[]): Reader {
  const writer = flow.writer();
  flow.begin(status, flow.carrier.streamHeaders(headers));
  for (const chunk of held) writer.write(chunk);
  return {
    data: (chunk) => writer.write(chunk),
    end() {
      writer.end();
      flow.settle({ kind: 'delivered', status });
    },
    cut(outcome) {
      flow.reply.destroy();
      flow.settle({ kind: 'delivered', status, broken: outcome });
    },
  };
}

/** A form in which a stream comes: where it may be cut, what its events are, and how it ends. */
interface Stream {
  readonly aligner: FrameAligner;
  eventsIn(pieces: Buffer): readonly string[];
  /** Whether what came behind the last cut may be judged: half of an event may look like a whole one. */
  isWhole(remainder: Buffer): boolean;
  readonly form: StreamForm;
}

function eventStream({ protocol }: Flow): Stream {
  return { aligner: makeFrameAligner(), eventsIn: readData, isWhole: isWholeEvent, form: protocol };
}

function arrayStream(form: StreamForm): Stream {
  return { aligner: makeElementAligner(), eventsIn: readElements, isWhole: () => true, form };
}

function streamReader(
  flow: Flow,
  status: number,
  headers: HeaderFields,
  { aligner, eventsIn, isWhole, form }: Stream,
): Reader {
  const tail = makeTail();
  const carried: StreamCarrier = flow.carrier.stream(form);
  let first: string | undefined;
  let answerId: string | undefined;
  const held: Buffer[] = [];
  let heldBytes = 0;
  let sawEnd = false;
  let writer: Writer | undefined;

  function commit(): Writer {
    const own = ['x-accel-buffering', 'no', 'cache-control', 'no-cache'];
    const theirs = flow.carrier
      .streamHeaders(headers)
      .filter((_, at, all) => all[at - (at % 2)] !== 'cache-control');
    flow.begin(status, [...theirs, ...own]);
    const opened = flow.writer();
    for (const frames of held) opened.write(carried.push(frames));
    return opened;
  }

  /** Before the commit point: looks at each event. */
  function weigh(frames: Buffer): void {
    held.push(frames);
    heldBytes += frames.length;
    for (const data of eventsIn(frames)) {
      first ??= data;
      answerId ??= flow.protocol.answerId?.ofEvent(data);
      const meaning = flow.protocol.meaningOfEvent(data);
      if (meaning.kind === 'error') return failWithError(flow, meaning.body, headers);
      if (meaning.kind === 'content') writer ??= commit();
      if (writer) return;
      if (meaning.kind === 'empty') sawEnd = true;
    }
    if (heldBytes > MAX_HELD_BYTES) writer = commit();
  }

  /** An event that its blank line never ended may be half of one: it counts where it is an end, or an error. */
  function weighLast(remainder: Buffer): void {
    const { finished, error } = form.endingOf(judged(remainder));
    if (finished || error !== undefined) weigh(remainder);
  }

  /** After it: the end must be the protocol's own. */
  function close(open: Writer, broken: Outcome | undefined): void {
    const remainder = aligner.remainder();
    const ending = form.endingOf(Buffer.concat([...tail.bytes(), judged(remainder)]));
    const error = ending.error === undefined ? undefined : standIn(flow, ending.error, headers);
    if (ending.finished || error) {
      open.end(carried.end(remainder));
      return settle(error);
    }
    const cause = broken ?? {
      kind: 'transport',
      scope: 'attempt',
      detail: 'the stream ended without its end',
    };
    const message = `The upstream broke off in the middle of the answer: ${cause.detail ?? 'no reason given'}.`;
    const sofar = { tail: Buffer.concat(tail.bytes()), ...(first === undefined ? {} : { first }) };
    open.end(carried.broken({ kind: 'broken-stream', message }, sofar));
    settle(cause);
  }

  function judged(remainder: Buffer): Buffer {
    return isWhole(remainder) ? remainder : Buffer.alloc(0);
  }

  function settle(broken?: Outcome): void {
    flow.settle({
      kind: 'delivered',
      status,
      ...(broken ? { broken } : {}),
      ...(answerId === undefined ? {} : { answerId }),
    });
  }

  return {
    data(chunk) {
      const frames = aligner.push(chunk);
      if (!frames) return;
      tail.push(frames);
      if (writer) writer.write(carried.push(frames));
      else weigh(frames);
    },
    end() {
      if (!writer) {
        weighLast(aligner.remainder());
        if (writer) {
          (writer as Writer).end(carried.end(NOTHING));
          return settle();
        }
        const detail = 'a stream that ended before its first event';
        const outcome: Outcome = sawEnd
          ? emptyAnswer(status)
          : { kind: 'transport', scope: 'attempt', status, detail };
        const body = Buffer.concat([...held.map((frames) => carried.push(frames)), carried.end(NOTHING)]);
        return flow.fail(outcome, { status, headers: flow.carrier.streamHeaders(headers), body });
      }
      close(writer, undefined);
    },
    cut(outcome) {
      if (writer) close(writer, outcome);
      else flow.fail(outcome);
    },
  };
}

const NOTHING = Buffer.alloc(0);

function emptyAnswer(status: number): Outcome {
  return { kind: 'empty', scope: 'request', status, detail: 'an answer without content' };
}

/** An error in the place of an answer, inside a 200: should it be handed through, then under the status that it stands for. */
function failWithError(flow: Flow, body: string, headers: HeaderFields): void {
  const json = { 'content-type': 'application/json' };
  flow.fail(
    standIn(flow, body, headers),
    flow.carrier.refusal(statusOfErrorBody(body), json, Buffer.from(body)),
  );
}

/** An error inside a 200 counts as the status that it stands for. */
function standIn(flow: Flow, body: string, headers: HeaderFields): Outcome {
  return classify(flow, statusOfErrorBody(body), headers, body);
}

function classify(flow: Flow, status: number, headers: HeaderFields, body: string): Outcome {
  const single = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  return flow.classify({ status, headers: single, body, model: flow.model, now: flow.now() });
}

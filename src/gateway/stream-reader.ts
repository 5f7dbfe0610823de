import type { Outcome } from '../outcome.ts';
import type { StreamForm } from '../protocols/protocol.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { makeElementAligner, readElements } from '../upstream/elements.ts';
import { isWholeEvent, makeFrameAligner, readData, type FrameAligner } from '../upstream/frames.ts';
import type { StreamCarrier } from './carrier.ts';
import {
  emptyAnswer,
  failWithError,
  MAX_HELD_BYTES,
  MAX_WHOLE_BYTES,
  standIn,
  type Flow,
  type Reader,
} from './flow.ts';
import { watchForEnd } from './end-watch.ts';
import { makeTail } from './tail.ts';
import type { Writer } from './writer.ts';

/** A form in which a stream comes: where it may be cut, what its events are, and how it ends. */
interface Stream {
  readonly aligner: FrameAligner;
  eventsIn(pieces: Buffer): readonly string[];
  /** Whether what came behind the last cut may be judged: half of an event may look like a whole one. */
  isWhole(remainder: Buffer): boolean;
  readonly form: StreamForm;
}

/** Half of an event cannot be translated, nor told from an end: whatever an event may hold, it is waited for whole. */
export function eventStream({ protocol }: Flow): Stream {
  const aligner = makeFrameAligner(MAX_WHOLE_BYTES);
  return { aligner, eventsIn: readData, isWhole: isWholeEvent, form: protocol };
}

export function arrayStream(form: StreamForm): Stream {
  return { aligner: makeElementAligner(MAX_WHOLE_BYTES), eventsIn: readElements, isWhole: () => true, form };
}

export function streamReader(
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

  /** Nothing has gone out yet: what comes with the first content and cannot be read is another account's to answer. */
  function commit(): Writer | undefined {
    const opening = held.map((frames) => carried.push(frames));
    const failure = toldFailure();
    if (failure && form.endingOf(lastBytes()).error === undefined) {
      flow.fail(failure);
      return;
    }
    const own = ['x-accel-buffering', 'no', 'cache-control', 'no-cache'];
    const theirs = flow.carrier
      .streamHeaders(headers)
      .filter((_, at, all) => all[at - (at % 2)] !== 'cache-control');
    flow.begin(status, [...theirs, ...own]);
    const opened = flow.writer();
    for (const bytes of opening) opened.write(bytes);
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
      if (meaning.kind === 'content') {
        writer = commit();
        return;
      }
      if (meaning.kind === 'empty') sawEnd = true;
    }
    if (heldBytes > MAX_HELD_BYTES) writer = commit();
  }

  /** After it: the end must be the protocol's own. */
  function close(open: Writer, broken: Outcome | undefined): void {
    const remainder = aligner.remainder();
    const last = lastBytes();
    const ending = form.endingOf(last);
    const error = ending.error === undefined ? undefined : standIn(flow, ending.error, headers);
    // An error that leaves its array open is no end: no client could read it.
    if (ending.finished || (error && ending.rest)) {
      open.end(carried.end(remainder));
      return settle(error ?? toldFailure(), last);
    }
    const cause = broken ?? brokenBy('the stream ended without its end');
    const message = `The upstream broke off in the middle of the answer: ${cause.detail ?? 'no reason given'}.`;
    const sofar = { tail: Buffer.concat(tail.bytes()), ...(first === undefined ? {} : { first }) };
    open.end(carried.broken({ kind: 'broken-stream', message }, sofar));
    settle(error ?? cause, last);
  }

  /** What the client was told of, though the upstream takes its stream for a good one. */
  function toldFailure(): Outcome | undefined {
    const detail = carried.failed();
    return detail === undefined ? undefined : brokenBy(detail);
  }

  /** Behind a failure that the client was told of nothing else can reach it: neither need wait for what may yet come. */
  function endBehindFailure(open: Writer): void {
    const failure = toldFailure();
    if (!failure) return;
    const last = lastBytes();
    const { error } = form.endingOf(last);
    open.end(carried.end(NOTHING));
    settle(error === undefined ? failure : standIn(flow, error, headers), last);
    flow.letGo();
  }

  function judged(remainder: Buffer): Buffer {
    return isWhole(remainder) ? remainder : NOTHING;
  }

  function lastBytes(): Buffer {
    return Buffer.concat([...tail.bytes(), judged(aligner.remainder())]);
  }

  /** Before it: the answer came to nothing, or to no more than what has not been looked at yet. */
  function closeUncommitted(): void {
    const remainder = aligner.remainder();
    const { finished, error } = form.endingOf(judged(remainder));
    // An event that its blank line never ended may be half of one: it counts where it is an end, or an error.
    const isWeighed = finished || error !== undefined;
    if (isWeighed) weigh(remainder);
    const rest = isWeighed ? NOTHING : judged(remainder);
    if (writer) {
      writer.end(carried.end(rest));
      return settle(toldFailure(), remainder);
    }
    const detail = 'a stream that ended before its first event';
    const outcome: Outcome = sawEnd
      ? emptyAnswer(status)
      : { kind: 'transport', scope: 'attempt', status, detail };
    const body = Buffer.concat([...held.map((frames) => carried.push(frames)), carried.end(rest)]);
    flow.fail(outcome, { status, headers: flow.carrier.streamHeaders(headers), body });
  }

  function settle(broken: Outcome | undefined, last: Buffer): void {
    const usage = flow.protocol.usageOf(`${first ?? ''}\n${last.toString('latin1')}`);
    flow.settle({
      kind: 'delivered',
      status,
      ...(broken ? { broken } : {}),
      ...(answerId === undefined ? {} : { answerId }),
      ...(usage ? { usage } : {}),
    });
  }

  const watch = watchForEnd({
    judge: () => form.endingOf(lastBytes()),
    isPaused: () => writer?.isPaused() === true,
    over: () =>
      flow.guard(() => {
        conclude();
        flow.letGo();
      }),
  });

  function conclude(): void {
    if (writer) close(writer, undefined);
    else closeUncommitted();
  }

  return {
    data(chunk) {
      watch.heard();
      const frames = aligner.push(chunk);
      if (!frames) return;
      tail.push(frames);
      if (writer) writer.write(carried.push(frames));
      else weigh(frames);
      if (writer) endBehindFailure(writer);
    },
    end: conclude,
    cut(outcome) {
      if (writer) close(writer, outcome);
      else flow.fail(outcome);
    },
    stop: watch.stop,
  };
}

const NOTHING = Buffer.alloc(0);

function brokenBy(detail: string): Outcome {
  return { kind: 'transport', scope: 'attempt', detail };
}

import { gzipSync } from 'node:zlib';
import type { AnswerOptions, Behaviour, Complaint, Manner, Place, Vendor } from './behaviour.ts';
import type { Delivery } from './delivery.ts';
import type { Dialect, Generation, Speaker } from './dialect.ts';
import { recut, renderArray, renderFrames, type Frame } from './frames.ts';
import { errorBody, errorMember } from './vendor-error.ts';

type Headers = Readonly<Record<string, string | number>>;
type HttpDelivery = Extract<Delivery, { kind: 'http' }>;

/** One call that is to be answered with generated text. */
export interface Turn {
  readonly vendor: Vendor;
  readonly dialect: Dialect;
  readonly request: Generation;
  readonly speaker: Speaker;
  /** The account's usual answer; a behaviour's own options go before it. */
  readonly usual: AnswerOptions;
  /** On every answer of this call. */
  readonly headers: Headers;
}

/** The behaviours that need nothing of the call, and so suit any path and any key. */
export type PlainBehaviour = Extract<Behaviour, { kind: 'status' | 'nothing' | 'raw' | 'wire' }>;

export function isPlain(behaviour: Behaviour): behaviour is PlainBehaviour {
  return ['status', 'nothing', 'raw', 'wire'].includes(behaviour.kind);
}

export function planPlain(vendor: Vendor, behaviour: PlainBehaviour, headers: Headers): Delivery {
  if (behaviour.kind === 'status') return planStatus(vendor, behaviour, headers);
  if (behaviour.kind === 'wire') return { kind: 'wire', bytes: Buffer.from(behaviour.bytes) };
  if (behaviour.kind === 'nothing') {
    return { kind: 'nothing', how: behaviour.how, afterMs: behaviour.afterMs };
  }
  const type = { 'content-type': 'text/event-stream; charset=utf-8' };
  return pack(behaviour.status ?? 200, [Buffer.from(behaviour.body)], behaviour, type);
}

/** From what shall happen to what is written, for a call of generation. */
export function planTurn(turn: Turn, behaviour: Behaviour = { kind: 'answer' }): Delivery {
  if (isPlain(behaviour)) return planPlain(turn.vendor, behaviour, turn.headers);
  if (behaviour.kind === 'stream-error') return streamError(turn, behaviour);
  if (behaviour.kind === 'empty') return empty(turn, behaviour);
  if (behaviour.kind === 'answer') return good(turn, merged(turn.usual, behaviour));
  const whole = good(turn, merged(turn.usual, behaviour.answer));
  if (behaviour.kind === 'broken') {
    return { ...whole, pieces: upTo(behaviour.after, whole), ending: behaviour.how };
  }
  const promised = sizeOf(whole.pieces) + behaviour.extraBytes;
  return { ...whole, headers: { ...whole.headers, 'content-length': promised }, ending: 'close' };
}

/** A body in one piece, as JSON unless it is text. */
export function planBody(status: number, body: unknown, headers: Headers): HttpDelivery {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  return {
    kind: 'http',
    status,
    headers: { 'content-type': type, 'content-length': bytes.length, ...headers },
    pieces: [bytes],
    ending: 'end',
  };
}

export function planError(
  vendor: Vendor,
  status: number,
  complaint: Complaint,
  headers: Headers = {},
): HttpDelivery {
  return planBody(status, errorBody(vendor, status, complaint), headers);
}

function planStatus(
  vendor: Vendor,
  fault: Extract<Behaviour, { kind: 'status' }>,
  headers: Headers,
): HttpDelivery {
  const all = { ...headers, ...fault.headers };
  const planned =
    fault.body === undefined
      ? planError(vendor, fault.status, fault.complaint ?? {}, all)
      : planBody(fault.status, fault.body, all);
  return { ...planned, headersAfterMs: fault.headersAfterMs };
}

/** A behaviour's own text is not stretched to the size of the usual one. */
function merged(usual: AnswerOptions, own: AnswerOptions = {}): AnswerOptions {
  if (own.text === undefined) return { ...usual, ...own };
  const { chunks: _chunks, chunkBytes: _chunkBytes, ...rest } = usual;
  return { ...rest, ...own };
}

function good(turn: Turn, options: AnswerOptions): HttpDelivery {
  if (!isStream(turn, options)) {
    const body = Buffer.from(turn.dialect.whole(turn.request, options, turn.speaker));
    return packWhole(body, options, turn.headers);
  }
  return packStream(turn, turn.dialect.frames(turn.request, options, turn.speaker), options);
}

function isStream(turn: Turn, manner: Manner): boolean {
  return manner.as === undefined ? turn.request.stream : manner.as === 'stream';
}

function streamError(turn: Turn, fault: Extract<Behaviour, { kind: 'stream-error' }>): HttpDelivery {
  const { vendor, dialect, request, speaker } = turn;
  const options = merged(turn.usual, fault.answer);
  const status = fault.status ?? 500;
  if (!isStream(turn, options)) {
    const body = Buffer.from(JSON.stringify(errorBody(vendor, status, fault.complaint)));
    return packWhole(body, options, turn.headers);
  }
  const error = dialect.errorFrame(errorMember(vendor, status, fault.complaint));
  const before = dialect.frames(request, options, speaker).slice(0, fault.afterEvents);
  const after = fault.done === true ? dialect.terminator() : [];
  return packStream(turn, [...before, error, ...after], options);
}

function empty(turn: Turn, fault: Extract<Behaviour, { kind: 'empty' }>): HttpDelivery {
  const { dialect, request, speaker } = turn;
  const { form } = fault;
  const options = { ...turn.usual, ...fault.answer };
  if (form === 'finished') {
    const usage = { promptTokens: 11, completionTokens: 0 };
    const silence = { text: '', reasoning: '', refusal: '', toolCalls: [], images: [], finishReason: 'stop' };
    return good(turn, { ...options, ...silence, usage });
  }
  if (!isStream(turn, options)) return packWhole(Buffer.alloc(0), options, turn.headers);
  if (form === 'only-comments') {
    const comment = Buffer.from(': keep-alive\n\n');
    return { ...packStream(turn, [], options), pieces: [comment, comment, comment] };
  }
  const frames: Record<typeof form, () => Frame[]> = {
    'no-event': () => [],
    'only-done': () => dialect.terminator(),
    'only-opening': () =>
      dialect.frames(request, options, speaker).filter((frame) => frame.role === 'opening'),
  };
  return packStream(turn, frames[form](), options);
}

function packStream({ request, headers }: Turn, frames: readonly Frame[], manner: Manner): HttpDelivery {
  if (request.inArray === true) {
    const type = { 'content-type': 'application/json; charset=UTF-8' };
    return pack(200, renderArray(frames), manner, { ...type, ...headers });
  }
  return pack(200, renderFrames(frames, manner), manner, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...headers,
  });
}

function packWhole(body: Buffer, manner: Manner, headers: Headers): HttpDelivery {
  const packed = pack(200, [body], manner, { 'content-type': 'application/json', ...headers });
  return { ...packed, headers: { 'content-length': sizeOf(packed.pieces), ...packed.headers } };
}

function pack(status: number, pieces: readonly Buffer[], manner: Manner, headers: Headers): HttpDelivery {
  const gzip = manner.gzip === true;
  const encoded = gzip ? [gzipSync(Buffer.concat(pieces))] : pieces;
  const cut = recut(encoded, manner);
  // Pieces that share a turn of the event loop would reach the reader as one.
  const delayMs = manner.delayMs ?? (cut === encoded ? undefined : 0);
  return {
    kind: 'http',
    status,
    headers: { ...headers, ...(gzip ? { 'content-encoding': 'gzip' } : {}), ...manner.headers },
    pieces: cut,
    headersAfterMs: manner.headersAfterMs,
    delayMs,
    ending: 'end',
  };
}

function upTo(place: Place, whole: HttpDelivery): readonly Buffer[] {
  const { pieces } = whole;
  const single = whole.headers['content-length'] !== undefined;
  if ('events' in place && !single) return pieces.slice(0, place.events);
  const size = sizeOf(pieces);
  const limit =
    'bytes' in place ? place.bytes : Math.floor(size * ('share' in place ? place.share : single ? 0.5 : 1));
  if ('events' in place && place.events === 0) return [];
  const kept: Buffer[] = [];
  let left = limit;
  for (const piece of pieces) {
    if (left <= 0) break;
    kept.push(piece.subarray(0, left));
    left -= piece.length;
  }
  return kept;
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

import type { Usage } from '../chat/event.ts';
import type { Failure } from '../failure.ts';

/** What the address of a request says, besides which route it took. */
export interface Address {
  /** What stands in the place of the route's wildcard, decoded; empty where the route has none. */
  readonly rest: string;
  /** As it came, without the question mark: it may hold the local key, so it is never handed on or logged whole. */
  readonly query: string;
}

/** What can be told of a request without parsing it. */
export interface Peek {
  /** Absent where the request names none. */
  readonly model?: PeekedModel;
  /** Absent where the scan did not meet it. */
  readonly stream?: boolean;
  /** Something that all turns of one conversation share, where the body names it. */
  readonly session?: string;
  /** The id of an earlier answer that the request goes on from: only the account that gave it holds what was said. */
  readonly continues?: string;
  /** The id of an earlier answer that is all the request is about: it asks for no new one. */
  readonly ofAnswer?: string;
  /** The stream is asked for as one JSON array, not as server-sent events. */
  readonly inArray?: boolean;
  /** Only counts the tokens of a request: it costs nothing, so it neither waits for room nor rests an account. */
  readonly isCount?: boolean;
}

export interface PeekedModel {
  readonly name: string;
  /** Where it stands in the body, quotes included; absent where it stands in the address. */
  readonly span?: { readonly start: number; readonly end: number };
}

/** What one event of a stream, or a whole answer, means for the decision to begin answering. */
export type Meaning =
  /** Nothing yet: a handshake, a keep-alive. */
  | { readonly kind: 'none' }
  | { readonly kind: 'content' }
  /** A proper end with nothing before it. */
  | { readonly kind: 'empty' }
  /** An error in the place of an answer. */
  | { readonly kind: 'error'; readonly body: string };

/** How a stream ended, as told by its last bytes. */
export interface Ending {
  /** Whether the protocol's own end was seen; without it the stream was cut. */
  readonly finished: boolean;
  /** An error event near the end, as the JSON text of its data. */
  readonly error?: string;
  /**
   * What may yet come. `nothing`: the protocol's last event was seen. `asides`: the answer is whole, but what stands beside
   * it (usage, a mark of the end) may follow. Absent where the answer may go on.
   */
  readonly rest?: 'nothing' | 'asides';
}

/** What is known of a stream that has begun, for an error event that fits to it. */
export interface StreamSoFar {
  /** The data of its first event, where that was seen. */
  readonly first?: string;
  /** Its last few kilobytes, whole events. */
  readonly tail: Buffer;
}

export interface EncodedFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the end of a stream is understood, and how it is told that it broke. */
export interface StreamForm {
  /** @param tail the last few kilobytes of the stream, whole events */
  endingOf(tail: Buffer): Ending;
  /** The event that tells a client of a failure in a stream that has begun. */
  encodeStreamFailure(failure: Failure, sofar: StreamSoFar): Buffer;
  /** A sign of life between two events that no client takes amiss. Absent where there is none. */
  readonly keepAlive?: Buffer;
  /**
   * The whole of a stream that has begun and comes to nothing but an error: the body that it would have had.
   * @param retryAfter what would have been the header of that name, where there was one
   */
  encodeErrorBody?(body: string, retryAfter?: string): Buffer;
}

/** The form of a stream that is one JSON array. */
export interface ArrayForm extends StreamForm {
  /** The body of an error that comes in the place of the array. */
  wrapError(body: string): string;
}

/** How a client names itself and what it is told about models, as its protocol has it. */
export interface ListedModel {
  readonly id: string;
  /** Seconds since the epoch; 0 where it is not known. */
  readonly created: number;
  readonly ownedBy: string;
  /** How much it can look at, in tokens; absent where nobody told. */
  readonly contextTokens?: number;
  /** How long its answers may be, in tokens; absent where nobody told. */
  readonly maxOutputTokens?: number;
  /** What it takes: `text`, `image`, …; absent where nobody told. */
  readonly inputs?: readonly string[];
}

/** What a client is told by the door itself, in its protocol's own words. */
export interface Dialect {
  /** @param now milliseconds since the epoch, for `Retry-After` */
  encodeFailure(failure: Failure, now: number): EncodedFailure;
  encodeModel(model: ListedModel): object;
  encodeModelList(models: readonly ListedModel[]): object;
  /** The header beside `authorization` in which its clients send a key. */
  readonly keyHeader?: string;
  /** The query parameter in which its clients may send a key. */
  readonly keyParameter?: string;
}

/** What a variant may go by. */
export interface FramedRequest {
  readonly model: string;
  readonly stream: boolean;
  /** Where the request goes otherwise, below a provider's base URL, with its query. */
  readonly usualPath: string;
}

/** Another way in which some endpoints take a protocol: what is said is the same, its address and its frame are not. */
export interface Variant {
  /** Where a request goes, below a provider's base URL. */
  path(request: FramedRequest): string;
  /**
   * The same body in that frame; it names its model where the protocol's bodies do.
   * @throws RotaError of kind `invalid-request` for what there is no such frame for
   */
  body(body: Buffer, request: FramedRequest): Buffer;
}

/** A wire protocol: pure functions over bytes. */
export interface Protocol extends Dialect, StreamForm {
  readonly name: string;
  /** Names, in lower case, of a client's headers that belong to the protocol and go upstream with the body. */
  readonly requestHeaders: readonly string[];
  /** Those of them that are lists: a client's and a provider's own are put together. */
  readonly listHeaders?: readonly string[];
  /** @throws RotaError of kind `invalid-request` for what the scan meets, `not-found` for an address that is none */
  peek(body: Buffer, address: Address): Peek;
  /** Where a request goes, below a provider's base URL. Of the client's query only what the protocol knows. */
  path(address: Address, model: string): string;
  /** The same body with another model; every other byte stays. */
  withModel(body: Buffer, peek: Peek, model: string): Buffer;
  /** The same body without reasoning state that only accounts of other protocols can read; every other body as it came. */
  withoutForeignState(body: Buffer, model: string): Buffer;
  /** The beginning of the conversation, which its later turns repeat; bounded in length. */
  opening(body: Buffer): Buffer | undefined;
  meaningOfEvent(data: string): Meaning;
  meaningOfBody(body: Buffer): Meaning;
  /**
   * The tokens that an answer took, as far as it tells.
   * @param text of a whole answer, or of the first event of a stream and its last ones; only ASCII in it counts
   */
  usageOf(text: string): Usage | undefined;
  /** @param address of the request, where its form is asked for there: an error has the same */
  encodeFailure(failure: Failure, now: number, address?: Address): EncodedFailure;
  /**
   * Takes whole events of a stream in their order, and gives them back; only a last event that leaves out what its clients
   * read from it alone comes back with it. Absent where no event repeats others.
   */
  mendEnd?(): (frames: Buffer) => Buffer;
  /** Its other form of a stream, where it has one: a JSON array whose elements are the events. */
  readonly inArray?: ArrayForm;
  /** By a name that providers say. */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** Ids of answers that later requests may go on from; absent where the protocol has none. */
  readonly answerId?: {
    ofEvent(data: string): string | undefined;
    ofBody(body: Buffer): string | undefined;
  };
  /** The answer to a request that only counts, where nobody could be asked. Absent where there is no such request. */
  encodeCount?(tokens: number): object;
}

import type { Failure } from '../failure.ts';

/** What can be told of a request without parsing it. */
export interface Peek {
  /** Absent where the request names none. */
  readonly model?: { readonly name: string; readonly start: number; readonly end: number };
  /** Absent where the scan did not meet it. */
  readonly stream?: boolean;
  /** Something that all turns of one conversation share, where the body names it. */
  readonly session?: string;
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
}

export interface EncodedFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A wire protocol: pure functions over bytes. */
export interface Protocol {
  readonly name: string;
  /** Below a provider's base URL. */
  readonly path: string;
  /** Names, in lower case, of a client's headers that belong to the protocol and go upstream with the body. */
  readonly requestHeaders: readonly string[];
  /** @throws RotaError of kind `invalid-request` for what the scan meets */
  peek(body: Buffer): Peek;
  /** The same body with another model; every other byte stays. */
  withModel(body: Buffer, peek: Peek, model: string): Buffer;
  /** The beginning of the conversation, which its later turns repeat; bounded in length. */
  opening(body: Buffer): Buffer | undefined;
  meaningOfEvent(data: string): Meaning;
  meaningOfBody(body: Buffer): Meaning;
  /** @param tail the last few kilobytes of the stream, whole events */
  endingOf(tail: Buffer): Ending;
  /** @param now milliseconds since the epoch, for `Retry-After` */
  encodeFailure(failure: Failure, now: number): EncodedFailure;
  /** The event that tells a client of a failure in a stream that has begun. */
  encodeStreamFailure(failure: Failure): Buffer;
}

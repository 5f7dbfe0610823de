import type { Failure } from '../failure.ts';
import type { StreamForm, StreamSoFar } from '../protocols/protocol.ts';
import type { HeaderFields } from '../upstream/client.ts';
import type { HeldAnswer } from './attempt.ts';
import { responseHeaders, verbatimHeaders } from './headers.ts';

/** How an upstream's answer becomes the client's: as it is, or in another protocol's words. */
export interface Carrier {
  /** Whether bytes may go on that nobody can look into. */
  readonly carriesAnything: boolean;
  /** An answer that is whole. */
  body(status: number, headers: HeaderFields, body: Buffer): HeldAnswer;
  /** An error, should it be handed through. */
  refusal(status: number, headers: HeaderFields, body: Buffer): HeldAnswer;
  streamHeaders(headers: HeaderFields): readonly string[];
  stream(form: StreamForm): StreamCarrier;
  /** Present where the client awaits a whole answer, and a stream can be made one. */
  readonly gather?: Gather;
}

/** @param events the data of each event of the upstream's stream */
export type Gather = (status: number, headers: HeaderFields, events: readonly string[]) => HeldAnswer;

/** Takes whole events. */
export interface StreamCarrier {
  push(frames: Buffer): Buffer;
  /** The stream has ended as it should, or with its own error. */
  end(remainder: Buffer): Buffer;
  /** It broke off: the client is told so in its own protocol. */
  broken(failure: Failure, sofar: StreamSoFar): Buffer;
  /** What the client was told instead of the rest: an event that cannot be read leaves a hole, and nothing may follow it. */
  failed(): string | undefined;
}

/** The same bytes: client and upstream speak the same protocol. */
export const relay: Carrier = {
  carriesAnything: true,
  body: (status, headers, body) => ({ status, headers: responseHeaders(headers), body }),
  refusal: (status, headers, body) => ({ status, headers: verbatimHeaders(headers), body }),
  streamHeaders: responseHeaders,
  stream: (form) => ({
    push: (frames) => frames,
    end: (remainder) => remainder,
    broken: (failure, sofar) => form.encodeStreamFailure(failure, sofar),
    failed: () => undefined,
  }),
};

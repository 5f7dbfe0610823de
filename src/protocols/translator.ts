import type { Dropped } from '../chat/dropped.ts';
import type { AnswerFailure, ChatEvent, Stage } from '../chat/event.ts';
import type { ModelFacts } from '../chat/model-facts.ts';
import type { ChatRequest } from '../chat/request.ts';
import type { Restoration } from '../chat/restore.ts';

/** What a request to an upstream needs besides the conversation. */
export interface EncodeTarget {
  /** The upstream's name of the model. */
  readonly model: string;
  readonly facts?: ModelFacts;
  /**
   * `same-account`: reasoning state that this protocol made comes from the account that is asked now, and is put back.
   * Anything else would be refused by the upstream, and is left out.
   */
  readonly reasoningState: 'same-account' | 'foreign';
  /** Where a cache is found by a key and the client gave none, the conversation itself is to be one. */
  readonly keysConversation?: boolean;
}

export interface EncodedRequest {
  /** Below the upstream's base URL, with its query. */
  readonly path: string;
  /** JSON text. */
  readonly body: string;
  readonly dropped: readonly Dropped[];
  /** For the answer to this request. */
  readonly restoration: Restoration;
}

/** What an answer to a client needs besides its events. */
export interface AnswerContext {
  /** Unique, letters and digits; protocols put their prefix before it. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** The model's name for the client. */
  readonly model: string;
  readonly request: ChatRequest;
}

/** An event on the wire. `event` is the name beside it, where the protocol has such. */
export interface WireEvent {
  readonly event?: string;
  readonly data: string;
}

export interface EncodedResponse {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
}

/** What is read from a client, and written for it. */
export interface ClientSide {
  /**
   * @param path of the request's URL, with its query: some protocols name the model and streaming there
   * @throws RotaError of kind `invalid-request`, and no other
   */
  decodeRequest(body: string, path?: string): ChatRequest;
  encodeStream(context: AnswerContext): Stage<ChatEvent, WireEvent>;
  encodeResponse(events: Iterable<ChatEvent>, context: AnswerContext): EncodedResponse;
  encodeFailure(failure: AnswerFailure): EncodedResponse;
}

/** A wire protocol's side of translation: pure functions between its bytes and the neutral conversation. */
export interface Translator extends ClientSide {
  readonly name: string;
  /** What is known of an upstream's model by its name. */
  factsOf(model: string): ModelFacts;
  /** @throws RotaError of kind `invalid-request` that names what cannot be carried, and no other */
  encodeRequest(request: ChatRequest, target: EncodeTarget): EncodedRequest;
  /** Takes the `data` of one event at a time. Ends in `finish` or `failure`, at the latest with `end`; never throws. */
  decodeStream(): Stage<string, ChatEvent>;
  /** The events of an answer that is not streamed; never throws. */
  decodeResponse(body: string): readonly ChatEvent[];
  /** What an upstream's error answer says; never throws. */
  decodeFailure(status: number, body: string): AnswerFailure;
}

/** The bytes of an event in a `text/event-stream` (HTML standard, "Server-sent events"). */
export function writeServerSentEvent({ event, data }: WireEvent): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}

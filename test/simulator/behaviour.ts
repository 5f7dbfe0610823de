/** What a call is about; a behaviour applies to one sort of call, so that a model list fetched in between uses up no script. */
export type CallKind = 'generate' | 'count' | 'models' | 'key' | 'authorize' | 'exchange';

/** Whose error shapes, model list and key header a path speaks. */
export type Vendor = 'openai' | 'openrouter' | 'anthropic' | 'gemini';

/** The words of a vendor's error; what is left out is what the vendor says with that status. */
export interface Complaint {
  readonly message?: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  /** Gemini's `details`, OpenRouter's `metadata`. */
  readonly details?: unknown;
}

export interface ToolCall {
  readonly id?: string;
  readonly name: string;
  /** The JSON text, which is sent as it is: it may be broken on purpose. */
  readonly arguments: string;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens?: number;
  readonly reasoningTokens?: number;
}

/** What a model says. Without any of it: `hello from <label>`. */
export interface Content {
  readonly text?: string;
  /** Adds the request's last user text to the greeting. */
  readonly echo?: boolean;
  readonly reasoning?: string;
  /** The member that carries reasoning; servers differ. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning';
  readonly refusal?: string;
  readonly toolCalls?: readonly ToolCall[];
  /** How argument fragments follow each other: call by call, each call in one piece, or mixed. */
  readonly toolCallStyle?: 'fragments' | 'whole' | 'interleaved';
  /** Image addresses, usually `data:`. */
  readonly images?: readonly string[];
  readonly finishReason?: string;
  readonly usage?: Usage;
  /** Where a stream reports usage. On its own chunk only if the request asked; on the others always. */
  readonly usageOn?: 'own-chunk' | 'finish-chunk' | 'every-chunk';
  /** How many pieces the text comes in. Short text is repeated until there is enough of it. */
  readonly chunks?: number;
  /** Exact size of each piece of text (ASCII), reached by repeating it. With `chunks`, the size of the answer. */
  readonly chunkBytes?: number;
  /** What a stream leaves out at its end. Without a finish there is no terminator either. */
  readonly without?: 'done' | 'finish';
}

/** How bytes are put on the wire. */
export interface Manner {
  /** Milliseconds before the status line. */
  readonly headersAfterMs?: number;
  /** Milliseconds between writes. 0: each write in its own turn of the event loop; absent: all in one turn. */
  readonly delayMs?: number;
  readonly lineEnd?: '\n' | '\r\n' | '\r';
  readonly bom?: boolean;
  /** A comment frame before every event, such as `keep-alive`. */
  readonly comment?: string;
  /** Byte offsets of the body at which one write ends and the next begins, in place of one write an event. */
  readonly cutAt?: readonly number[] | 'every-byte';
  /** As `cutAt`, at every n bytes. */
  readonly pieceBytes?: number;
  /** Further response headers, or others in place of the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compresses the body, whatever encoding was asked for. */
  readonly gzip?: boolean;
  /** Answers in this form whatever the request asked for. */
  readonly as?: 'json' | 'stream';
}

export type AnswerOptions = Content & Manner;

/** How a connection stops in the middle: with RST, with FIN though more was due, or not at all. */
export type Breakage = 'reset' | 'close' | 'hang';

/** A place in a body. A JSON answer is one event; a place inside an event by count is its middle. */
export type Place = { readonly events: number } | { readonly bytes: number } | { readonly share: number };

/** What one call is answered with. Plain data; `faults.ts` has a function for each usual case. */
export type Behaviour = { readonly on?: CallKind } & (
  | ({ readonly kind: 'answer' } & AnswerOptions)
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Said in the vendor's shape. */
      readonly complaint?: Complaint;
      /** Said in place of the vendor's shape: text as it is, anything else as JSON. */
      readonly body?: unknown;
      readonly headersAfterMs?: number;
    }
  /** No byte of an answer. */
  | { readonly kind: 'nothing'; readonly how: Breakage; readonly afterMs?: number }
  /** A good answer up to a place. */
  | {
      readonly kind: 'broken';
      readonly after: Place;
      readonly how: Breakage;
      readonly answer?: AnswerOptions;
    }
  /** A whole answer whose content-length promises more bytes than come; then FIN. */
  | { readonly kind: 'overlong'; readonly extraBytes: number; readonly answer?: AnswerOptions }
  /** An error event inside a 200 stream, after so many good ones; a 200 with an error object where no stream was asked for. */
  | {
      readonly kind: 'stream-error';
      readonly afterEvents: number;
      readonly complaint?: Complaint;
      /** The status that the vendor would have given; chooses the usual words. */
      readonly status?: number;
      /** The terminator after it, as some servers send. */
      readonly done?: boolean;
      readonly answer?: AnswerOptions;
    }
  /** A 200 with no content: not one byte, only the terminator, only the opening event, only comments, or properly finished. */
  | {
      readonly kind: 'empty';
      readonly form: 'no-event' | 'only-done' | 'only-opening' | 'only-comments' | 'finished';
      readonly answer?: Manner;
    }
  /** A body of exactly these bytes. */
  | ({ readonly kind: 'raw'; readonly status?: number; readonly body: string | Uint8Array } & Manner)
  /** These bytes on the socket, outside HTTP, and FIN. */
  | { readonly kind: 'wire'; readonly bytes: string | Uint8Array }
);

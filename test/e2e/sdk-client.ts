import type { Spoken } from './relay-scene.ts';

/** Where an SDK is pointed at: Rota, or the simulator itself. */
export interface Door {
  /** Without a path. */
  readonly url: string;
  readonly key: string;
}

export interface SdkTool {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema. */
  readonly parameters: { readonly type: 'object'; readonly [member: string]: unknown };
}

/** What holds for a whole conversation. */
export interface Setup {
  readonly stream: boolean;
  /** Default: the one that tests of the client's protocol use. */
  readonly model?: string;
  readonly tools?: readonly SdkTool[];
  /** Asks for reasoning, and to see it. */
  readonly think?: boolean;
  /** Asks for JSON of this shape. */
  readonly schema?: { readonly [member: string]: unknown };
  readonly signal?: AbortSignal;
  /** Told of each piece of text of a stream. */
  onText?(piece: string): void;
}

export interface SdkCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly input: unknown;
}

/** What an SDK makes of an answer, with the words of its own protocol for the end of it alone. */
export interface SdkAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly SdkCall[];
  readonly stop: unknown;
  readonly inputTokens: number | undefined;
  /** Reasoning included. */
  readonly outputTokens: number | undefined;
}

/** A conversation which goes on as the SDK's own documentation shows it: answers are handed back as they came. */
export interface Talk {
  /** @param image a PNG in base64 */
  say(text: string, image?: string): Promise<SdkAnswer>;
  /** @param outputs of the calls of the last answer, in their order */
  give(...outputs: readonly string[]): Promise<SdkAnswer>;
}

/** A vendor's SDK as a client. None of them tries anything twice by itself. */
export interface SdkClient {
  readonly name: string;
  readonly of: Spoken;
  /** What it makes of a stream that ends in an error: it throws, unless it passes over errors or has a status for them. */
  readonly half: object;
  open(door: Door, setup: Setup): Talk;
  /** The class, the status and the vendor's type of an error; undefined where it is none of the SDK's. */
  failure(error: unknown): SdkFailure | undefined;
}

export interface SdkFailure {
  readonly name: string;
  readonly status: number | undefined;
  readonly type: unknown;
}

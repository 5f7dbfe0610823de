import type { SaidToken } from './logprobs.ts';
import type { Extensions, ReasoningState, ToolName } from './part.ts';

/** Tokens, by what they were spent for; a count that nobody told is absent. */
export interface Usage {
  /** Everything that went in, cached or not. */
  readonly inputTokens?: number;
  /** Of the input: read from a cache. */
  readonly cacheReadTokens?: number;
  /** Of the input: written to a cache. */
  readonly cacheWriteTokens?: number;
  /** Everything that came out, reasoning included. */
  readonly outputTokens?: number;
  /** Of the output: spent on reasoning. */
  readonly reasoningTokens?: number;
}

export type FinishReason =
  | 'end'
  | 'stop-sequence'
  | 'tool-calls'
  | 'length'
  /** The model declined in its own words. */
  | 'refusal'
  /** The provider stopped it. */
  | 'filter'
  /** A loop of the provider's own tools that wants to be continued. */
  | 'pause'
  | 'other';

export interface Finish {
  readonly reason: FinishReason;
  /** The upstream's own word. */
  readonly raw?: string;
  /** The stop sequence that ended it, where it is known. */
  readonly stopSequence?: string;
  /** Why the provider stopped it, for a person. */
  readonly explanation?: string;
  readonly extensions?: Extensions;
}

/** What an upstream can fail with, apart from which account was asked. */
export type AnswerFailureKind =
  | 'invalid-request'
  | 'context-length'
  | 'too-large'
  | 'upstream-auth'
  | 'permission'
  | 'model-not-found'
  | 'rate-limit'
  | 'quota'
  | 'overload'
  | 'server'
  /** What came cannot be read, stopped too early, or called a tool wrongly. */
  | 'bad-upstream'
  | 'timeout';

export interface AnswerFailure {
  readonly kind: AnswerFailureKind;
  /** The upstream's own words. */
  readonly message: string;
  /** The upstream's code, or ours where it has none: `malformed_function_call`. */
  readonly code?: string;
}

/**
 * An answer as it comes, in no protocol's words. Exactly one `message-start`, then parts, then exactly one `finish` or
 * `failure`, which is the last. Parts are told apart by `index`, counted from 0 in the order in which they start. Text,
 * refusal and reasoning end before anything else begins; a tool call may stay open while others come (`one-at-a-time.ts`
 * puts them one after another).
 */
export type ChatEvent =
  | {
      readonly type: 'message-start';
      /** The upstream's id of the answer. */
      readonly id?: string;
      readonly model?: string;
      readonly usage?: Usage;
      readonly extensions?: Extensions;
    }
  | { readonly type: 'text-start'; readonly index: number; readonly extensions?: Extensions }
  | {
      readonly type: 'text-delta';
      readonly index: number;
      readonly text: string;
      readonly logprobs?: readonly SaidToken[];
    }
  | { readonly type: 'text-end'; readonly index: number; readonly extensions?: Extensions }
  | { readonly type: 'refusal-start'; readonly index: number }
  | { readonly type: 'refusal-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'refusal-end'; readonly index: number }
  | { readonly type: 'reasoning-start'; readonly index: number }
  | { readonly type: 'reasoning-delta'; readonly index: number; readonly text: string }
  | {
      readonly type: 'reasoning-end';
      readonly index: number;
      readonly state?: ReasoningState;
      readonly extensions?: Extensions;
    }
  /** An image that the model made: it comes whole, as Base64. */
  | {
      readonly type: 'image-start';
      readonly index: number;
      readonly mediaType: string;
      readonly data: string;
    }
  | { readonly type: 'image-end'; readonly index: number }
  | ({
      readonly type: 'tool-call-start';
      readonly index: number;
      readonly id: string;
      readonly extensions?: Extensions;
    } & ToolName)
  /** A piece of the JSON text, or of the free text of a custom tool. */
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly text: string }
  | { readonly type: 'tool-call-end'; readonly index: number }
  /** Cumulative: a count replaces the one before. */
  | { readonly type: 'usage'; readonly usage: Usage }
  | ({ readonly type: 'finish' } & Finish)
  | { readonly type: 'failure'; readonly failure: AnswerFailure };

/** Push-style and synchronous: what comes of one input, and what is left at the end. */
export interface Stage<In, Out> {
  feed(input: In): readonly Out[];
  end(): readonly Out[];
}

/** An upstream that says `stop` after it called tools stopped for them. */
export function settleReason(reason: FinishReason, calledTools: boolean): FinishReason {
  const isPlainEnd = reason === 'end' || reason === 'other';
  return calledTools && isPlainEnd ? 'tool-calls' : reason;
}

/** Later counts replace earlier ones; what only the earlier tells stays. */
export function mergeUsage(earlier: Usage | undefined, later: Usage | undefined): Usage {
  return { ...earlier, ...later };
}

export const endedEarly: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream ended its answer before it was complete.',
  code: 'upstream_error',
};

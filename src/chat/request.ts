import type { LogprobsWish } from './logprobs.ts';
import type { AssistantPart, ContentPart, Extensions, TextPart, ToolName, ToolResultPart } from './part.ts';

export interface SystemTurn {
  readonly role: 'system';
  /** Protocols that know both keep them apart; all others treat them alike. */
  readonly rank: 'system' | 'developer';
  readonly parts: readonly TextPart[];
}

export interface UserTurn {
  readonly role: 'user';
  readonly parts: readonly ContentPart[];
}

export interface AssistantTurn {
  readonly role: 'assistant';
  readonly parts: readonly AssistantPart[];
}

/** The results of the calls in the assistant turn right before it: all of them, in the order of the calls. */
export interface ToolTurn {
  readonly role: 'tool';
  readonly parts: readonly ToolResultPart[];
}

/** One speaker's say. System turns stand where the client put them, also in the middle. */
export type Turn = SystemTurn | UserTurn | AssistantTurn | ToolTurn;

/** A JSON Schema (2020-12 where nothing else is said), as the client wrote it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface FunctionTool extends ToolName {
  readonly kind: 'function';
  readonly description?: string;
  /** Absent where the tool takes nothing. */
  readonly parameters?: JsonSchema;
  readonly strict?: boolean;
  readonly extensions?: Extensions;
}

/** A tool that takes free text. */
export interface CustomTool extends ToolName {
  readonly kind: 'custom';
  readonly description?: string;
  readonly grammar?: { readonly syntax: string; readonly definition: string };
  readonly extensions?: Extensions;
}

/** A tool that the provider runs, or knows by type alone: written back in its own protocol, refused in others. */
export interface NativeTool {
  readonly kind: 'native';
  readonly protocol: string;
  /** What the refusal names: `code_execution_20250825`. */
  readonly param: string;
  readonly value: unknown;
}

export type Tool = FunctionTool | CustomTool | NativeTool;

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'named'; readonly tool: Omit<ToolName, 'kind'> }
  | {
      readonly mode: 'allowed';
      readonly must: 'auto' | 'required';
      readonly tools: readonly Omit<ToolName, 'kind'>[];
    };

export type OutputFormat =
  /** Some JSON object. */
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema';
      readonly schema: JsonSchema;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
}

/** From not at all to as long as it takes. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ReasoningWish {
  readonly effort?: Effort;
  /** A budget that the client named itself; where both are given, the effort is derived from it. */
  readonly budgetTokens?: number;
  /** Whether the client wants to read the reasoning; absent where its protocol cannot say. */
  readonly visible?: boolean;
}

/**
 * A member of the request for which the neutral form has no word. A `hint` may be left out and is then reported; without
 * what is `meant` the request would be another one, and is refused where the protocol cannot carry it.
 */
export interface Extra {
  /** The protocol of the client. */
  readonly protocol: string;
  /** The member's name: `logit_bias`, `previous_response_id`. */
  readonly name: string;
  readonly value: unknown;
  readonly weight: 'hint' | 'meant';
}

/** A whole request, in no protocol's words. */
export interface ChatRequest {
  /** The name that the client gave; the router chooses the upstream's. */
  readonly model?: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** `false`: at most one call in a turn. */
  readonly parallelToolCalls?: boolean;
  readonly output?: OutputFormat;
  readonly sampling: Sampling;
  /** Tokens of the answer, reasoning included. */
  readonly maxOutputTokens?: number;
  readonly stopSequences: readonly string[];
  readonly reasoning?: ReasoningWish;
  readonly logprobs?: LogprobsWish;
  /** `low`, `medium`, `high`. */
  readonly verbosity?: string;
  /** What requests that share a beginning have in common. */
  readonly cacheKey?: string;
  /** A stable, opaque name of the person behind the client. */
  readonly endUserId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly stream: boolean;
  /** Whether a streaming client asked for usage; absent where its protocol always tells. */
  readonly streamUsage?: boolean;
  readonly extras: readonly Extra[];
  /** Members that the client's protocol repeats in its answer, as they came. Nobody else reads them. */
  readonly repeated?: Readonly<Record<string, unknown>>;
  readonly extensions?: Extensions;
}

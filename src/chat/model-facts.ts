/** How a model lets itself be asked to think. */
export type ThinkingStyle =
  /** By effort, or level. */
  | 'effort'
  /** By a number of tokens. */
  | 'budget'
  /** It can be told not to think. */
  | 'off'
  /** It can be told to think between tool calls alone. */
  | 'between-tools';

/**
 * What a model, or the server that runs it, takes. Whatever is not known is absent; then the newest documented
 * behaviour of the protocol is taken for granted.
 */
export interface ModelFacts {
  /** A larger wish is lowered to it. */
  readonly maxOutputTokens?: number;
  /** Asked for where the protocol demands a number and the client named none. */
  readonly defaultOutputTokens?: number;
  /** Whether `temperature`, `top_p` and `top_k` are taken. */
  readonly sampling?: boolean;
  readonly thinking?: {
    /** None where the model cannot think. */
    readonly styles: readonly ThinkingStyle[];
    /** Tokens. */
    readonly minBudget?: number;
    readonly maxBudget?: number;
    /** Efforts that are taken, in the protocol's own words. */
    readonly efforts?: readonly string[];
    /** Whether a forced tool choice is taken while it thinks. */
    readonly forcedToolChoice?: boolean;
    /** It thinks where nobody asked it to. */
    readonly isUsual?: boolean;
  };
  /** Whether a tool choice can be forced at all. */
  readonly forcedToolChoice?: boolean;
  /** Whether stop sequences are taken, where the protocol has them. */
  readonly stopSequences?: boolean;
  /**
   * Whether members are taken that only help: a cache key, the name of the person, notes, verbosity. Servers that only
   * resemble the vendor's refuse what they do not know.
   */
  readonly hints?: boolean;
  /** Whether a system turn may stand in the middle. */
  readonly midConversationSystem?: boolean;
  /** Whether the role `developer` is known. */
  readonly developerRole?: boolean;
  /** Whether tools that take free text are known. */
  readonly customTools?: boolean;
  readonly effortWithTools?: boolean;
  /** Whether schemas for the answer are known. */
  readonly structuredOutput?: boolean;
  /** Whether the longest prefix is to be cached without marks of the client's. */
  readonly automaticCacheControl?: boolean;
  /** Whether a conversation may end with the assistant's words, to be continued. */
  readonly prefill?: boolean;
  /** The member for the limit of the answer, where servers differ: `max_tokens`, `max_completion_tokens`. */
  readonly outputLimitName?: string;
  /** Whether tool schemas may be JSON Schema. */
  readonly jsonSchemaFields?: boolean;
  /** Whether tool results may hold images and files. */
  readonly functionResponseParts?: boolean;
  readonly jsonOutputWithTools?: boolean;
  /** Whether calls in the history must carry a signature. */
  readonly callSignatures?: boolean;
}

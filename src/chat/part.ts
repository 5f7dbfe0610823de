import type { SaidToken } from './logprobs.ts';

/**
 * What only one protocol understands: cache marks, a stored item's phase. Keyed by the protocol's name, carried along
 * unread by every other, and put back only where the conversation is written in that protocol again.
 */
export type Extensions = Readonly<Record<string, unknown>>;

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  /** Of an answer, where they were asked for. */
  readonly logprobs?: readonly SaidToken[];
  readonly extensions?: Extensions;
}

/** Where the bytes of an image or a file are. */
export type Source =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string }
  /** A document that is plain text. */
  | { readonly kind: 'text'; readonly text: string }
  /** In some vendor's store, readable only there. */
  | {
      readonly kind: 'stored';
      readonly id: string;
      /** Whose store: protocols of one vendor share it. */
      readonly owner: string;
      /** What the client's protocol calls the member, for a refusal: `file_id`. */
      readonly param: string;
    };

export interface ImagePart {
  readonly type: 'image';
  readonly source: Source;
  /** `auto`, `low`, `high`, `original`. */
  readonly detail?: string;
  readonly extensions?: Extensions;
}

export interface FilePart {
  readonly type: 'file';
  readonly source: Source;
  /** A name for people, with an extension where there is one: `spec.pdf`. */
  readonly filename?: string;
  readonly extensions?: Extensions;
}

/** Sound or moving pictures. */
export interface MediaPart {
  readonly type: 'media';
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
  /** What the client calls it, for a refusal: `input_audio`, `video/mp4`. */
  readonly param: string;
}

/**
 * A part that belongs to one protocol alone, and means something: history of tools that the provider ran, opaque
 * summaries. Written back verbatim in that protocol, refused by name in every other.
 */
export interface NativePart {
  readonly type: 'native';
  readonly protocol: string;
  /** What the refusal names. */
  readonly param: string;
  readonly value: unknown;
}

/**
 * Reasoning state that only its maker can read: a signature, encrypted reasoning, redacted thinking. Other protocols
 * carry it to their client and back inside an envelope (see `envelope.ts`).
 */
export interface ReasoningState {
  /** The envelope's word for the maker's protocol. */
  readonly source: string;
  /** The maker's blocks, verbatim. */
  readonly blocks: readonly unknown[];
}

export interface ReasoningPart {
  readonly type: 'reasoning';
  /** May be empty where there is only state. */
  readonly text: string;
  readonly state?: ReasoningState;
  readonly extensions?: Extensions;
}

export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}

/** Who is called, in the client's words. */
export interface ToolName {
  readonly name: string;
  /** A group of tools, where the client's protocol has such. */
  readonly namespace?: string;
  /** `function`: the input is a JSON object. `custom`: it is free text. */
  readonly kind: 'function' | 'custom';
}

export interface ToolCallPart extends ToolName {
  readonly type: 'tool-call';
  readonly id: string;
  /** JSON text as it came (`''` means `{}`), or the free text of a custom tool. */
  readonly input: string;
  readonly extensions?: Extensions;
}

export interface ToolResultPart {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly parts: readonly ContentPart[];
  readonly isError: boolean;
  readonly extensions?: Extensions;
}

/** What a user, or a tool, can say. */
export type ContentPart = TextPart | ImagePart | FilePart | MediaPart | NativePart;

/** What a model can say. */
export type AssistantPart = TextPart | RefusalPart | ReasoningPart | ToolCallPart | ImagePart | NativePart;

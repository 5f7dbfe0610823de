import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isObject } from './clean.ts';

const folder = fileURLToPath(new URL('../fixtures/', import.meta.url));

export interface Frame {
  readonly event?: string;
  readonly data?: unknown;
  readonly comment?: string;
}

export interface Transcript {
  readonly status: number;
  readonly sse?: readonly Frame[];
  readonly json?: unknown;
}

export interface WireRequest {
  readonly path: string;
  readonly body: unknown;
}

export interface Outcome {
  readonly text: string;
  readonly refusal: string | null;
  readonly reasoning: string;
  readonly tool_calls: readonly {
    readonly id: string | null;
    readonly name: string;
    readonly arguments?: unknown;
    readonly custom_input?: string;
  }[];
  readonly usage: Readonly<Record<string, number>>;
  /** Protocols whose client gets an error instead. */
  readonly only?: readonly string[];
}

export interface AnswerFixture {
  readonly id: string;
  readonly upstream: string;
  readonly requests: Readonly<Record<string, WireRequest>>;
  readonly transcripts: Readonly<Record<string, Transcript>>;
  readonly outcome?: Outcome;
  readonly outcome_overrides?: Readonly<Record<string, Partial<Outcome>>>;
}

export interface RequestFixture {
  readonly id: string;
  readonly inbound: string;
  readonly assume: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly request: WireRequest;
  readonly upstream: Readonly<Record<string, WireRequest>>;
  readonly dropped: Readonly<Record<string, readonly string[]>>;
}

const all: readonly unknown[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')) as unknown);

function ofKind(kind: string): readonly unknown[] {
  return all.filter((fixture) => isObject(fixture) && fixture.kind === kind);
}

export const answerFixtures = ofKind('response') as readonly AnswerFixture[];
export const requestFixtures = ofKind('request') as readonly RequestFixture[];

interface SchemaTable {
  readonly cases: readonly {
    readonly name: string;
    readonly in: Readonly<Record<string, unknown>>;
    readonly gemini_json_schema: unknown;
    readonly gemini_parameters: unknown;
    readonly messages_output: unknown;
  }[];
}

export const schemaTable = ofKind('schema-table') as readonly SchemaTable[];

interface RejectTable {
  readonly cases: readonly {
    readonly name: string;
    readonly inbound: string;
    readonly targets: readonly string[];
    readonly model?: string;
    readonly body: unknown;
    readonly expect: { readonly names: string };
  }[];
}

export const rejectTable = ofKind('reject-table') as readonly RejectTable[];

interface ErrorTable {
  readonly kinds: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
  readonly cases: readonly {
    readonly name: string;
    readonly upstream: string;
    readonly status: number;
    readonly body: unknown;
    readonly verdict: { readonly kind: string };
  }[];
}

export const errorTable = ofKind('error-table') as readonly ErrorTable[];

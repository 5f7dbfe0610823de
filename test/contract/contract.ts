import { readdirSync, readFileSync } from 'node:fs';
import { makeRegistry, endpointKinds } from '../../src/providers/registry.ts';
import type { NamedEndpoint } from '../../src/providers/endpoint-kind.ts';
import type { Provider } from '../../src/providers/provider.ts';

/** Where something was published, and when somebody looked; `assumed` where it was put together from a description. */
type Source = { readonly address: string; readonly checked: string } | 'assumed';

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An address, and the headers that a call must have there; `KEY` stands for the credential. */
export interface ExpectedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A chat, with the body that it must have where that is not the client's own. */
export interface ExpectedChat extends ExpectedCall {
  readonly body?: unknown;
}

/** What a provider must be sent, and what it answers: one file each in `src/providers/test-data/contracts`. */
export interface Contract {
  /** The id of a provider, or of a kind of endpoint. */
  readonly provider: string;
  /** What the kind of endpoint asks for. */
  readonly values?: Readonly<Record<string, string>>;
  readonly models: ExpectedCall & {
    readonly source: Source;
    /** The provider's list as it comes. */
    readonly body: unknown;
    /** The names that clients may ask for. */
    readonly ids: readonly string[];
  };
  /** One chat in each of its protocols, with the first of its models. */
  readonly calls: Readonly<Record<string, ExpectedChat>>;
  /** How it refuses a credential: a case of `test-data/answers`, or the answer itself. */
  readonly refused: string | (Refusal & { readonly source: Source });
}

const folder = new URL('../../src/providers/test-data/', import.meta.url);

export function readContracts(): readonly Contract[] {
  return readdirSync(new URL('contracts', folder)).map((name) => readJson(`contracts/${name}`) as Contract);
}

export function refusalOf({ refused }: Contract): Refusal {
  return typeof refused === 'string' ? (readJson(`answers/${refused}`) as Refusal) : refused;
}

/** The endpoint that a person would have named, where the contract is of a kind of endpoint. */
export function endpointOf({ provider, values }: Contract): NamedEndpoint | undefined {
  const kind = endpointKinds.find(({ id }) => id === provider);
  if (kind === undefined) return undefined;
  return { id: provider, kind: kind.id, baseUrl: kind.baseUrl?.(values ?? {}) ?? '', values: values ?? {} };
}

export function providerOf(contract: Contract): Provider {
  const endpoint = endpointOf(contract);
  const found = makeRegistry({ endpoints: endpoint === undefined ? [] : [endpoint] }).get(contract.provider);
  if (found === undefined) throw new Error(`There is no provider ${contract.provider}.`);
  return found;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
}

import type { Provider } from './provider.ts';

/** An endpoint that a person named at sign-in, as it is remembered. */
export interface NamedEndpoint {
  readonly id: string;
  readonly label?: string;
  /** As the vendor's SDK takes it: with `/v1` for OpenAI's protocols, without for Anthropic's and Gemini's. */
  readonly baseUrl: string;
  readonly allowHttp?: boolean;
  /** Which kind of endpoint it is; any server that speaks OpenAI's protocol where it is absent. */
  readonly kind?: string;
  /** What the kind asked for, by name. */
  readonly values?: Readonly<Record<string, string>>;
}

/** One thing that an address depends on. */
export interface EndpointValue {
  /** The flag without its dashes. */
  readonly name: 'resource' | 'tenant' | 'region' | 'project' | 'location';
  readonly question: string;
  readonly pattern: RegExp;
  readonly example: string;
  /** Taken where nobody says otherwise. */
  readonly usual?: string;
  /** Environment variables in which the vendor's own tools look for it, the first that is set; `within` finds it in a longer text. */
  readonly variables?: readonly { readonly name: string; readonly within?: RegExp }[];
}

/** A vendor whose addresses depend on whose they are: a resource, a region, a project. One file each, like a provider. */
export interface EndpointKind {
  readonly id: string;
  readonly label: string;
  readonly values: readonly EndpointValue[];
  /** Its main address; absent where a person gives that themselves. */
  baseUrl?(values: Readonly<Record<string, string>>): string;
  make(endpoint: NamedEndpoint): Provider;
}

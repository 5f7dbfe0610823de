import type { EndpointValue } from './endpoint-kind.ts';
import type { Provider } from './provider.ts';
import { builtInProviders, endpointKinds, type Registry } from './registry.ts';

/** A provider as a person may choose it. */
export interface CatalogueEntry {
  readonly provider: Provider;
  /** `endpoint`: named at sign-in, or in the settings. `kind`: becomes one once it is told whose it is. */
  readonly origin: 'built-in' | 'kind' | 'endpoint';
  /** What its address depends on, for a kind. */
  readonly values: readonly EndpointValue[];
}

/** All that can be signed in to by name: what comes with the program first, a kind with the addresses of its examples. */
export function catalogueOf(registry: Registry): readonly CatalogueEntry[] {
  const own = new Set(builtInProviders.map(({ id }) => id));
  const named = registry.list().filter(({ id }) => !own.has(id));
  const kinds = endpointKinds
    .filter(({ id }) => registry.get(id) === undefined)
    .map((kind) => {
      const values = Object.fromEntries(kind.values.map(({ name, example }) => [name, example]));
      const { id, label } = kind;
      const provider = kind.make({ id, label, kind: id, values, baseUrl: kind.baseUrl?.(values) ?? '' });
      return { provider, origin: 'kind' as const, values: kind.values };
    });
  return [
    ...builtInProviders.map((provider) => ({ provider, origin: 'built-in' as const, values: [] })),
    ...kinds,
    ...named.map((provider) => ({ provider, origin: 'endpoint' as const, values: [] })),
  ];
}

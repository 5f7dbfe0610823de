import type { Endpoint } from '../accounts/records-content.ts';
import type { Provider } from '../providers/provider.ts';
import type { Registry } from '../providers/registry.ts';
import { endpointKinds, endpointProvider } from '../providers/registry.ts';
import type { CliContext } from './context.ts';
import type { EndpointOptions } from './login-endpoint.ts';
import {
  checkEndpointName,
  COMPATIBLE,
  compatibleEndpoint,
  misplaced,
  ownEndpoint,
  refuseValues,
} from './login-endpoint.ts';
import { usage } from './usage.ts';

export type ProviderOptions = EndpointOptions;

export interface ChosenProvider {
  readonly provider: Provider;
  /** To be remembered together with the account. */
  readonly endpoint?: Endpoint;
}

/**
 * The provider that is meant: one that Rota knows, one of the settings, an endpoint made earlier, one of a kind whose
 * address depends on whose it is, or `compatible` with a name and an address.
 * @throws RotaError of kind `usage` where there is none, or its address is not one to send a key to; `settings`.
 */
export async function chooseProvider(
  context: CliContext,
  name: string,
  options: ProviderOptions,
): Promise<ChosenProvider> {
  const registry = await context.registry();
  const { endpoints } = await context.records.read();
  const named = endpoints.find(({ id }) => id === name);
  const kind = endpointKinds.find(({ id }) => id === (named?.kind ?? name));
  if (kind !== undefined) {
    const id = options.name ?? name;
    const known = endpoints.find((endpoint) => endpoint.id === id);
    if (id !== kind.id) checkEndpointName(registry, id, known);
    return chosen(await ownEndpoint(context, kind, known, { ...options, name: id }));
  }
  const id = name === COMPATIBLE ? options.name : name;
  if (id === undefined) throw usage(`\`proxy login ${COMPATIBLE}\` needs --name, what to call the endpoint.`);
  const known = endpoints.find((endpoint) => endpoint.id === id);
  if (name !== COMPATIBLE && options.name !== undefined) throw misplaced('--name');
  if (name !== COMPATIBLE && known === undefined) return { provider: knownProvider(registry, name, options) };
  checkEndpointName(registry, id, known);
  return chosen(await compatibleEndpoint(context, known, { ...options, name: id }));
}

function chosen(endpoint: Endpoint): ChosenProvider {
  return { provider: endpointProvider(endpoint), endpoint };
}

function knownProvider(registry: Registry, name: string, options: ProviderOptions): Provider {
  const provider = registry.get(name);
  if (provider === undefined) throw unknown(registry, name);
  if (options.baseUrl !== undefined) throw misplaced('--base-url');
  if (options.allowHttp === true) throw misplaced('--allow-http');
  if (options.family !== undefined) throw misplaced('--family');
  refuseValues(options, undefined);
  return provider;
}

function unknown(registry: Registry, name: string): Error {
  const near = registry.nearest(name);
  if (near.length > 0) {
    return usage(`There is no provider "${name}". Did you mean ${near.map((id) => `"${id}"`).join(' or ')}?`);
  }
  const ids = [...registry.list(), ...endpointKinds].map(({ id }) => id);
  return usage(
    `There is no provider "${name}". There are ${[...new Set(ids)].join(', ')}; and any other server that speaks OpenAI's, Anthropic's or Gemini's protocol with \`proxy login ${COMPATIBLE} --name NAME --base-url URL\`.`,
  );
}

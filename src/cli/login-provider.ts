import { addEndpoint } from '../accounts/endpoint-changes.ts';
import type { Endpoint } from '../accounts/records-content.ts';
import { checkBaseUrl } from '../providers/address.ts';
import { compatibleProvider, withoutTrailingSlash } from '../providers/compatible.ts';
import type { Provider } from '../providers/provider.ts';
import type { Registry } from '../providers/registry.ts';
import type { CliContext } from './context.ts';
import { usage } from './usage.ts';

export interface ProviderOptions {
  readonly name?: string;
  readonly baseUrl?: string;
  readonly allowHttp?: boolean;
}

export interface ChosenProvider {
  readonly provider: Provider;
  /** To be remembered together with the account. */
  readonly endpoint?: Endpoint;
}

const COMPATIBLE = 'compatible';

/**
 * The provider that is meant: one that Rota knows, one of the settings, an endpoint made earlier, or `compatible` with a
 * name and an address.
 * @throws RotaError of kind `usage` where there is none, or its address is not one to send a key to; `settings`.
 */
export async function chooseProvider(
  context: CliContext,
  name: string,
  options: ProviderOptions,
): Promise<ChosenProvider> {
  const registry = await context.registry();
  const { endpoints } = await context.records.read();
  const id = name === COMPATIBLE ? options.name : name;
  if (id === undefined) throw usage(`\`proxy login ${COMPATIBLE}\` needs --name, what to call the endpoint.`);
  const known = endpoints.find((endpoint) => endpoint.id === id);
  if (name !== COMPATIBLE && options.name !== undefined) throw misplaced('--name');
  if (name !== COMPATIBLE && known === undefined) return { provider: knownProvider(registry, name, options) };
  checkName(registry, id, known);
  const endpoint = await endpointOf(context, id, known, options);
  return { provider: compatibleProvider(endpoint), endpoint };
}

function knownProvider(registry: Registry, name: string, options: ProviderOptions): Provider {
  const provider = registry.get(name);
  if (provider === undefined) throw unknown(registry, name);
  if (options.baseUrl !== undefined) throw misplaced('--base-url');
  if (options.allowHttp === true) throw misplaced('--allow-http');
  return provider;
}

function checkName(registry: Registry, id: string, known: Endpoint | undefined): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id) || id.length > 64) {
    throw usage(`"${id}" cannot be a provider's name: use lower-case letters, digits and dashes.`);
  }
  const taken = id === COMPATIBLE || (known === undefined && registry.get(id) !== undefined);
  if (taken) throw usage(`"${id}" is the name of a provider already. Choose another with --name.`);
}

async function endpointOf(
  { records }: CliContext,
  id: string,
  known: Endpoint | undefined,
  options: ProviderOptions,
): Promise<Endpoint> {
  const given = options.baseUrl ?? known?.baseUrl;
  if (given === undefined) {
    throw usage(
      'A compatible endpoint needs --base-url, its address with the /v1, such as http://127.0.0.1:11434/v1.',
    );
  }
  const allowHttp = options.allowHttp ?? known?.allowHttp ?? false;
  checkAddress(given, allowHttp);
  const endpoint: Endpoint = {
    id,
    label: known?.label ?? id,
    baseUrl: withoutTrailingSlash(given),
    ...(allowHttp && { allowHttp }),
  };
  // Refused now where accounts rely on another address of that name.
  addEndpoint(await records.read(), endpoint);
  return endpoint;
}

function checkAddress(url: string, allowHttp: boolean): void {
  const wrong = checkBaseUrl(url, { allowHttp });
  if (wrong === undefined) return;
  if (checkBaseUrl(url, { allowHttp: true }) !== undefined) throw usage(`--base-url: ${wrong}`);
  throw usage(
    `--base-url: ${new URL(url).host} is not on this machine, and plain http would carry the key in the open. Use https, or say --allow-http for a server on your own network.`,
  );
}

function misplaced(flag: string): Error {
  return usage(`${flag} is for \`proxy login ${COMPATIBLE}\` only.`);
}

function unknown(registry: Registry, name: string): Error {
  const near = registry.nearest(name);
  if (near.length > 0) {
    return usage(`There is no provider "${name}". Did you mean ${near.map((id) => `"${id}"`).join(' or ')}?`);
  }
  const ids = registry.list().map(({ id }) => id);
  return usage(
    `There is no provider "${name}". There are ${ids.join(', ')}; and any other server that speaks OpenAI's protocol with \`proxy login ${COMPATIBLE} --name NAME --base-url URL\`.`,
  );
}

import { addEndpoint } from '../accounts/endpoint-changes.ts';
import type { Endpoint } from '../accounts/records-content.ts';
import { checkBaseUrl } from '../providers/address.ts';
import { compatibleKinds, withoutTrailingSlash } from '../providers/compatible.ts';
import type { EndpointKind, EndpointValue } from '../providers/endpoint-kind.ts';
import type { Registry } from '../providers/registry.ts';
import { reservedIds } from '../providers/registry.ts';
import type { CliContext } from './context.ts';
import { usage } from './usage.ts';

export interface EndpointOptions {
  readonly name?: string;
  readonly baseUrl?: string;
  readonly allowHttp?: boolean;
  /** Whose protocol a compatible endpoint speaks. */
  readonly family?: string;
  readonly resource?: string;
  readonly tenant?: string;
  readonly region?: string;
  readonly project?: string;
  readonly location?: string;
  /** What is taken where neither a flag nor what is remembered says otherwise. */
  readonly usual?: Readonly<Record<string, string>>;
}

const VALUES = ['resource', 'tenant', 'region', 'project', 'location'] as const;

export const COMPATIBLE = 'compatible';

/**
 * An endpoint of a kind whose addresses depend on whose they are: of flags, of what is remembered, or of what a person says.
 * @throws RotaError of kind `usage` where something is missing or is none, or accounts rely on another address of that name.
 */
export async function ownEndpoint(
  context: CliContext,
  kind: EndpointKind,
  known: Endpoint | undefined,
  options: EndpointOptions,
): Promise<Endpoint> {
  refuseValues(options, kind);
  if (options.baseUrl !== undefined) throw misplaced('--base-url');
  const id = options.name ?? kind.id;
  if (known !== undefined && VALUES.every((name) => options[name] === undefined)) return known;
  const values: Record<string, string> = {};
  for (const value of kind.values) {
    const given = options[value.name] ?? known?.values?.[value.name];
    values[value.name] = await valueFor(context, kind, value, given ?? usualOf(options, value));
  }
  const endpoint: Endpoint = {
    id,
    label: known?.label ?? (id === kind.id ? kind.label : `${kind.label} (${id})`),
    baseUrl: kind.baseUrl?.(values) ?? '',
    kind: kind.id,
    values,
  };
  return refusingOthers(context, endpoint);
}

function usualOf({ usual }: EndpointOptions, { name, pattern }: EndpointValue): string | undefined {
  const value = usual?.[name];
  return value !== undefined && pattern.test(value) ? value : undefined;
}

async function valueFor(
  context: CliContext,
  kind: EndpointKind,
  { name, question, pattern, example, usual }: EndpointValue,
  given: string | undefined,
): Promise<string> {
  const { terminal } = context;
  let value = given ?? usual;
  if (value === undefined && terminal.interactive) {
    // Nobody is to answer questions, only to learn that nothing can be kept.
    await context.vault();
    value = await terminal.ask(`${question}, such as ${example}:`);
  }
  if (value === undefined)
    throw usage(
      `${kind.label} needs --${name}, for example \`proxy login ${kind.id} --${name} ${example}\`.`,
    );
  if (!pattern.test(value)) throw usage(`--${name}: "${value}" cannot be one; it looks like ${example}.`);
  return value;
}

/** @throws RotaError of kind `usage` where the address is missing, or is not one to send a key to. */
export async function compatibleEndpoint(
  context: CliContext,
  known: Endpoint | undefined,
  options: EndpointOptions & { readonly name: string },
): Promise<Endpoint> {
  refuseValues(options, undefined);
  const kind = familyOf(options.family, known);
  const given = options.baseUrl ?? known?.baseUrl;
  if (given === undefined) {
    throw usage(
      'A compatible endpoint needs --base-url, its address as the vendor’s SDK takes it, such as http://127.0.0.1:11434/v1.',
    );
  }
  const allowHttp = options.allowHttp ?? known?.allowHttp ?? false;
  checkAddress(given, allowHttp);
  const [usual] = compatibleKinds;
  return refusingOthers(context, {
    id: options.name,
    label: known?.label ?? options.name,
    baseUrl: withoutTrailingSlash(given),
    ...(allowHttp && { allowHttp }),
    ...(kind !== undefined && kind !== usual?.id && { kind }),
  });
}

/** Refused now, where accounts rely on another address of that name, and not after a sign-in. */
async function refusingOthers({ records }: CliContext, endpoint: Endpoint): Promise<Endpoint> {
  addEndpoint(await records.read(), endpoint);
  return endpoint;
}

function familyOf(family: string | undefined, known: Endpoint | undefined): string | undefined {
  const [usual] = compatibleKinds;
  if (family === undefined) return known?.kind ?? usual?.id;
  const found = compatibleKinds.find((kind) => kind.family === family);
  if (found !== undefined) return found.id;
  const families = compatibleKinds.map((kind) => kind.family).join(', ');
  throw usage(`--family: there is no "${family}"; it is one of ${families}.`);
}

/** @throws RotaError of kind `usage` where it cannot be a name, or is one already. */
export function checkEndpointName(registry: Registry, id: string, known: Endpoint | undefined): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id) || id.length > 64) {
    throw usage(`"${id}" cannot be a provider's name: use lower-case letters, digits and dashes.`);
  }
  const taken = reservedIds.includes(id) || (known === undefined && registry.get(id) !== undefined);
  if (taken) throw usage(`"${id}" is the name of a provider already. Choose another with --name.`);
}

function checkAddress(url: string, allowHttp: boolean): void {
  const wrong = checkBaseUrl(url, { allowHttp });
  if (wrong === undefined) return;
  if (checkBaseUrl(url, { allowHttp: true }) !== undefined) throw usage(`--base-url: ${wrong}`);
  throw usage(
    `--base-url: ${new URL(url).host} is not on this machine, and plain http would carry the key in the open. Use https, or say --allow-http for a server on your own network.`,
  );
}

/** @throws RotaError of kind `usage` for a flag that the kind has no use for. */
export function refuseValues(options: EndpointOptions, kind: EndpointKind | undefined): void {
  const wanted = new Set<string>(kind?.values.map(({ name }) => name));
  const vain = VALUES.find((name) => options[name] !== undefined && !wanted.has(name));
  if (vain !== undefined) throw usage(`--${vain} is not for this provider.`);
  if (kind !== undefined && options.family !== undefined) throw misplaced('--family');
}

export function misplaced(flag: string): Error {
  return usage(`${flag} is for \`proxy login ${COMPATIBLE}\` only.`);
}

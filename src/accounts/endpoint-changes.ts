import { RotaError } from '../failure.ts';
import type { Endpoint, RecordsContent } from './records-content.ts';

/**
 * Remembers an endpoint. One that no account uses any more may get another address under its old name.
 * @throws RotaError of kind `usage` where accounts rely on the same name with another address, or the address holds a password.
 */
export function addEndpoint(content: RecordsContent, endpoint: Endpoint): RecordsContent {
  const { username, password } = new URL(endpoint.baseUrl);
  if (username !== '' || password !== '') {
    throw new RotaError({
      kind: 'usage',
      message: `The address of "${endpoint.id}" may not hold a name or password: records are kept in plain text. Give the key when asked for it.`,
    });
  }
  const present = content.endpoints.find(({ id }) => id === endpoint.id);
  const used = content.accounts.some(({ provider }) => provider === endpoint.id);
  if (present !== undefined && used && !isSame(present, endpoint)) {
    throw new RotaError({
      kind: 'usage',
      message: `"${endpoint.id}" is already the name of ${nameOf(present)}. Choose another name with --name, or log its accounts out first.`,
    });
  }
  const others = content.endpoints.filter(({ id }) => id !== endpoint.id);
  return { ...content, endpoints: [...others, endpoint] };
}

/** Accounts would go on with tokens of one place at another. */
function isSame(one: Endpoint, other: Endpoint): boolean {
  if (one.baseUrl !== other.baseUrl || one.kind !== other.kind) return false;
  const names = new Set([...Object.keys(one.values ?? {}), ...Object.keys(other.values ?? {})]);
  return [...names].every((name) => one.values?.[name] === other.values?.[name]);
}

function nameOf({ baseUrl, values = {} }: Endpoint): string {
  const words = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? baseUrl : `${baseUrl} (${words.join(', ')})`;
}

/** Already gone is as good as removed. */
export function removeEndpoint(content: RecordsContent, id: string): RecordsContent {
  const endpoints = content.endpoints.filter((endpoint) => endpoint.id !== id);
  return endpoints.length === content.endpoints.length ? content : { ...content, endpoints };
}

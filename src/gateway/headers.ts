import type { HeaderFields } from '../upstream/client.ts';

/**
 * What of a client's headers goes upstream. A list of what may pass, not of what may not: the local key, cookies,
 * origins, forwarding headers and whatever a client may invent stay here.
 */
const passedOn = new Set([
  'accept',
  'content-type',
  'idempotency-key',
  'openai-beta',
  'openai-organization',
  'openai-project',
  'anthropic-beta',
  'anthropic-version',
  'http-referer',
  'x-title',
  'x-openrouter-title',
]);

export function requestHeaders(
  inbound: HeaderFields,
  authorization: Readonly<Record<string, string>>,
  userAgent: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of passedOn) {
    const value = inbound[name];
    if (typeof value === 'string') headers[name] = value;
  }
  headers['user-agent'] = userAgent;
  // A compressed answer could not be looked into for its first event; the client is on this machine.
  headers['accept-encoding'] = 'identity';
  return Object.assign(headers, authorization);
}

/** RFC 9110 §7.6.1, and what would speak for us or to the browser in the upstream's name. */
const keptBack = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'date',
  'set-cookie',
  'location',
  'www-authenticate',
  'strict-transport-security',
  'alt-svc',
  'nel',
  'report-to',
]);

/** Members of the account's own state: under their plain names they would mislead a client that uses many accounts. */
const renamed = /^(?:x-request-id|retry-after(?:-ms)?|x-should-retry|(?:x|anthropic)-ratelimit-.*)$/;

const passing = new Map<string, string | undefined>();
const MOST_NAMES = 1000;

/** The name under which an upstream's header goes to the client; undefined where it does not. */
function outboundName(name: string, names: Map<string, string | undefined>): string | undefined {
  if (names.has(name)) return names.get(name);
  const isKept = keptBack.has(name) || name.startsWith('access-control-') || name.startsWith('x-rota-');
  const outbound = isKept
    ? undefined
    : renamed.test(name)
      ? `x-rota-upstream-${name.replace(/^x-/, '')}`
      : name;
  if (names.size < MOST_NAMES) names.set(name, outbound);
  return outbound;
}

export function responseHeaders(upstream: HeaderFields): string[] {
  const headers: string[] = [];
  for (const name in upstream) {
    const outbound = outboundName(name, passing);
    const value = upstream[name];
    if (outbound === undefined || value === undefined) continue;
    headers.push(outbound, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

/** For an answer that is handed through as it is: what is left out belongs to the connection, or to nobody but us. */
export function verbatimHeaders(upstream: HeaderFields): string[] {
  return Object.entries(upstream).flatMap(([name, value]) => {
    if (value === undefined || outboundName(name, passing) === undefined) return [];
    return [
      name === 'x-request-id' ? 'x-rota-upstream-request-id' : name,
      Array.isArray(value) ? value.join(', ') : value,
    ];
  });
}

/** A label may be in any script; a header may not. */
export function encodeLabel(label: string): string {
  return /^[\x21-\x24\x26-\x7e]+(?: [\x21-\x24\x26-\x7e]+)*$/.test(label) ? label : encodeURIComponent(label);
}

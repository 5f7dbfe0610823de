import type { HeaderFields } from '../upstream/client.ts';

const passedOn = ['accept', 'content-type', 'idempotency-key'];

/**
 * What of a client's headers goes upstream. A list of what may pass, not of what may not: the local key, cookies,
 * origins, forwarding headers and whatever a client may invent stay here.
 * @param ofProtocol further names that the client's protocol gives a meaning to
 */
export function requestHeaders(
  inbound: HeaderFields,
  ofProtocol: readonly string[],
  authorization: Readonly<Record<string, string>>,
  userAgent: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of [...passedOn, ...ofProtocol]) {
    const value = inbound[name];
    if (typeof value === 'string') headers[name] = value;
  }
  headers['user-agent'] = userAgent;
  // A compressed answer could not be looked into for its first event; the client is on this machine.
  headers['accept-encoding'] = 'identity';
  for (const [name, value] of Object.entries(authorization)) {
    const own = headers[name];
    // A list to which both sides add: what a client wants to try, and what its credential needs.
    headers[name] = name.endsWith('-beta') && own !== undefined ? `${own},${value}` : value;
  }
  return headers;
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
  'set-cookie2',
  'clear-site-data',
  'location',
  'refresh',
  'www-authenticate',
  'strict-transport-security',
  'alt-svc',
  'nel',
  'report-to',
]);

/** Members of the account's own state: under their plain names they would mislead a client that uses many accounts. */
const renamed = /^(?:x-request-id|retry-after(?:-ms)?|x-should-retry|(?:x|anthropic)-ratelimit-.*)$/;

function isKeptBack(name: string, hopByHop: readonly string[]): boolean {
  if (keptBack.has(name) || hopByHop.includes(name)) return true;
  return name.startsWith('access-control-') || name.startsWith('x-rota-');
}

/** What the connection's own header names belongs to the connection as well. */
function namedByConnection({ connection }: HeaderFields): readonly string[] {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return [];
  return String(connection)
    .split(',')
    .map((name) => name.trim().toLowerCase());
}

export function responseHeaders(upstream: HeaderFields): string[] {
  return passOn(upstream, (name) =>
    renamed.test(name) ? `x-rota-upstream-${name.replace(/^x-/, '')}` : name,
  );
}

/** For an answer that is handed through as it is: what is left out belongs to the connection, or to nobody but us. */
export function verbatimHeaders(upstream: HeaderFields): string[] {
  return passOn(upstream, (name) => (name === 'x-request-id' ? 'x-rota-upstream-request-id' : name));
}

function passOn(upstream: HeaderFields, outbound: (name: string) => string): string[] {
  const hopByHop = namedByConnection(upstream);
  const headers: string[] = [];
  for (const name in upstream) {
    const value = upstream[name];
    if (value === undefined || isKeptBack(name, hopByHop)) continue;
    headers.push(outbound(name), Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

/** A label may be in any script, and hold halves of characters; a header may not. */
export function encodeLabel(label: string): string {
  if (/^[\x21-\x24\x26-\x7e]+(?: [\x21-\x24\x26-\x7e]+)*$/.test(label)) return label;
  return encodeURIComponent(Buffer.from(label).toString());
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Route } from './routes.ts';

/** Of one connection only (RFC 9110 §7.6.1); nobody forwards them. */
const HOP_BY_HOP = ['keep-alive', 'te', 'trailer', 'upgrade', 'proxy-authorization', 'proxy-connection'];

/** What belongs to a client's own dealings with a local server, or to another vendor's protocol. */
const LEAKS =
  /^(?:cookie|origin|referer|forwarded|via|x-real-ip|x-rota-.*|x-forwarded-.*|access-control-request-.*)$/u;

const CREDENTIALS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;

export interface Inspected {
  readonly status: number;
  readonly problem: string;
}

/** What no provider would be sent by a well-behaved proxy, from the headers and the address alone. */
export function inspectHeaders(
  request: IncomingMessage,
  route: Route,
  url: URL,
  allowed: ReadonlySet<string>,
): Inspected | undefined {
  if (request.method !== route.method) {
    return { status: 405, problem: `The method ${request.method ?? ''} is not ${route.method}.` };
  }
  // A browser opens this page, with whatever headers a browser has.
  if (route.kind === 'authorize') return undefined;
  const problem =
    leakedHeader(request.headers, allowed) ??
    wrongHost(request) ??
    wrongConnection(request.headers) ??
    severalCredentials(request, route, url) ??
    foreignVersion(request.headers, route, allowed) ??
    unknownQuery(route, url);
  if (problem !== undefined) return { status: 400, problem };
  return route.method === 'POST' ? wrongType(request.headers) : undefined;
}

function leakedHeader(headers: IncomingHttpHeaders, allowed: ReadonlySet<string>): string | undefined {
  for (const name in headers) {
    if (allowed.has(name)) continue;
    if (HOP_BY_HOP.includes(name)) return `The hop-by-hop header ${name} was forwarded.`;
    if (LEAKS.test(name)) return `The header ${name} leaked.`;
  }
  return undefined;
}

function wrongHost(request: IncomingMessage): string | undefined {
  const host = request.headers.host ?? '';
  const port = host.slice(host.lastIndexOf(':') + 1);
  return port === String(request.socket.localPort) ? undefined : `The host ${host} is not this server.`;
}

function wrongConnection(headers: IncomingHttpHeaders): string | undefined {
  const value = headers.connection?.toLowerCase() ?? 'keep-alive';
  return value === 'keep-alive' || value === 'close' ? undefined : `The connection header says ${value}.`;
}

function severalCredentials(request: IncomingMessage, route: Route, url: URL): string | undefined {
  if (url.searchParams.has('key')) return 'A credential stands in the address.';
  const sent = request.rawHeaders.filter(
    (name, index) => index % 2 === 0 && CREDENTIALS.some((known) => known === name.toLowerCase()),
  );
  if (sent.length > 1) return `Several credentials were sent: ${sent.join(', ').toLowerCase()}.`;
  return route.kind === 'exchange' && sent.length > 0 ? 'A sign-in carried a credential.' : undefined;
}

function foreignVersion(
  headers: IncomingHttpHeaders,
  route: Route,
  allowed: ReadonlySet<string>,
): string | undefined {
  if (route.vendor === 'anthropic') {
    return headers['anthropic-version'] === undefined
      ? 'The header anthropic-version is missing.'
      : undefined;
  }
  const foreign = Object.keys(headers).find((name) => name.startsWith('anthropic-') && !allowed.has(name));
  return foreign === undefined ? undefined : `The header ${foreign} leaked.`;
}

/** What may stand in the query of a call; elsewhere nothing is looked for. */
const QUERIES: Readonly<Partial<Record<Route['vendor'], readonly string[]>>> = {
  anthropic: ['beta', 'limit', 'after_id', 'before_id'],
  gemini: ['alt', 'pageSize', 'pageToken'],
};

function unknownQuery({ vendor }: Route, url: URL): string | undefined {
  const known = QUERIES[vendor];
  const unknown = known && [...url.searchParams.keys()].find((name) => !known.includes(name));
  return unknown === undefined ? undefined : `The query names ${unknown}, which nobody knows.`;
}

function wrongType(headers: IncomingHttpHeaders): Inspected | undefined {
  if (headers['content-encoding'] !== undefined) {
    return { status: 415, problem: `The body came as ${headers['content-encoding']}.` };
  }
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  return type === 'application/json'
    ? undefined
    : { status: 415, problem: `The content type was ${type === '' ? 'missing' : type}.` };
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Failure } from '../failure.ts';

/** Who may speak to us at all. */
export interface Door {
  /** The address that we listen on. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses what can be read in two ways, before anything else reads it: a target that names a host itself (RFC 9112
 * §3.2.2), which we are no proxy for, and several Host headers (§3.2), of which Node shows the first alone.
 * @returns why the request is refused
 */
export function checkForm({ url = '', rawHeaders }: IncomingMessage): Failure | undefined {
  if (!url.startsWith('/')) {
    const message =
      'The address must begin with a slash: Rota is no HTTP proxy. Use it as the base URL of your client.';
    return { kind: 'invalid-request', message };
  }
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1 ? { kind: 'invalid-request', message: 'Send one Host header.' } : undefined;
}

/**
 * Keeps web pages out. The Host is checked first: a page on a rebound name sends same-origin requests that carry no
 * Origin at all (CVE-2024-28224, CVE-2025-66414). Then the Origin, which any page but an allowed one gives itself
 * away by, and what the browser says of the request's site.
 * @returns why the request is refused
 */
export function checkDoor(headers: IncomingHttpHeaders, door: Door): Failure | undefined {
  const host = hostName(headers.host);
  if (host === undefined || !isKnownHost(host, door)) {
    const name = host === undefined ? 'no usable Host header' : `the Host '${host.slice(0, 200)}'`;
    return forbidden(
      `A request with ${name} is refused. If it is yours, add the name to \`listen.allowedHosts\`.`,
    );
  }
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, door)) {
    const origin = headers.origin.slice(0, 200);
    return forbidden(
      `Requests from the origin '${origin}' are refused. If it is yours, add it to \`listen.allowedOrigins\`.`,
    );
  }
  const site = headers['sec-fetch-site'];
  const isForeignPage = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isForeignPage && headers.origin === undefined) {
    return forbidden(
      'Requests from web pages are refused. If the page is yours, add its origin to `listen.allowedOrigins`.',
    );
  }
  return undefined;
}

export function isAllowedOrigin(origin: string, { allowedOrigins }: Door): boolean {
  return allowedOrigins.includes(origin.toLowerCase());
}

/** Only the name counts, with any port: ssh and containers map ports. */
function isKnownHost(host: string, { host: own, allowedHosts }: Door): boolean {
  return (
    ownNames.has(host) || host === bracketed(own) || allowedHosts.some((name) => bracketed(name) === host)
  );
}

function bracketed(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes(':') && !lower.startsWith('[') ? `[${lower}]` : lower;
}

function hostName(header: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '');
  return match?.[1]?.toLowerCase();
}

function forbidden(message: string): Failure {
  return { kind: 'forbidden', message };
}

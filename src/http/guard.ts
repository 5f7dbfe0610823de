import type { IncomingHttpHeaders } from 'node:http';
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
 * Keeps web pages out. The Host is checked first: a page on a rebound name sends same-origin requests that carry no
 * Origin at all (CVE-2024-28224, CVE-2025-66414). Then the Origin, which any page but an allowed one gives itself
 * away by, and what the browser says of the request's site.
 * @returns why the request is refused
 */
export function checkDoor(headers: IncomingHttpHeaders, door: Door): Failure | undefined {
  const host = hostName(headers.host);
  if (host === undefined || !isKnownHost(host, door)) {
    const name = host === undefined ? 'no usable Host header' : `the Host '${host}'`;
    return forbidden(`A request with ${name} is refused. If it is yours, add the name to \`listen.allowedHosts\`.`);
  }
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, door)) {
    const origin = headers.origin.slice(0, 200);
    return forbidden(`Requests from the origin '${origin}' are refused. If it is yours, add it to \`listen.allowedOrigins\`.`);
  }
  const site = headers['sec-fetch-site'];
  const isForeignPage = site === 'cross-site' || site === 'same-site';
  if (isForeignPage && headers.origin === undefined) {
    return forbidden('Requests from web pages are refused. If the page is yours, add its origin to `listen.allowedOrigins`.');
  }
  return undefined;
}

export function isAllowedOrigin(origin: string, { allowedOrigins }: Door): boolean {
  return allowedOrigins.includes(origin.toLowerCase());
}

/** Only the name counts, with any port: ssh and containers map ports. */
function isKnownHost(host: string, { host: own, allowedHosts }: Door): boolean {
  return ownNames.has(host) || host === bracketed(own) || allowedHosts.some((name) => bracketed(name) === host);
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

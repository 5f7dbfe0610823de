import { BlockList, isIP, isIPv4 } from 'node:net';

const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
]);

/**
 * What is wrong with an address that a credential would be sent to, in a sentence, or `undefined` where nothing is. Plain http is
 * for this machine alone, unless the settings allow it; where clouds keep their machines' own credentials nothing is ever sent.
 * Decimal, octal and hexadecimal forms of an IPv4 address are plain ones after the WHATWG URL parser.
 */
export function checkAddress(
  url: string,
  options: { readonly allowHttp?: boolean } = {},
): string | undefined {
  if (!URL.canParse(url))
    return 'The address is not a URL; write it whole, such as https://llm.example.com/v1.';
  const { protocol, hostname, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (protocol !== 'https:' && protocol !== 'http:') {
    return `An address begins with https:// (or http:// on this machine), not with ${protocol}//.`;
  }
  if (username !== '' || password !== '') {
    return `The address of ${host} holds a user name or password; leave it out and sign in with "proxy login".`;
  }
  if (METADATA_NAMES.has(host) || isListed(host, forbidden())) {
    return `${host} is a link-local or cloud metadata address; credentials are never sent there.`;
  }
  if (protocol === 'http:' && options.allowHttp !== true && !isLoopback(host)) {
    return (
      `${host} is not on this machine, and plain http would carry the credential in the open; use https, ` +
      'or set "allowHttp" for this provider if it is a server on your own network.'
    );
  }
  return undefined;
}

/** The same for a base URL: paths are joined to it, so it ends with its own path. */
export function checkBaseUrl(
  url: string,
  options: { readonly allowHttp?: boolean } = {},
): string | undefined {
  const wrong = checkAddress(url, options);
  if (wrong !== undefined || !/[?#]/.test(url)) return wrong;
  return 'A base URL ends with its path, since other paths are joined to it; leave out what follows the "?" or "#".';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isListed(host, loopback());
}

function loopback(): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return list;
}

function forbidden(): BlockList {
  const list = new BlockList();
  list.addSubnet('169.254.0.0', 16, 'ipv4');
  list.addSubnet('fe80::', 10, 'ipv6');
  // Alibaba's, Azure's, Oracle's, Amazon's and Google's services, which are not link-local.
  list.addAddress('100.100.100.200', 'ipv4');
  list.addAddress('168.63.129.16', 'ipv4');
  list.addAddress('192.0.0.192', 'ipv4');
  list.addAddress('fd00:ec2::254', 'ipv6');
  list.addAddress('fd20:ce::254', 'ipv6');
  // 169.254.0.0/16 behind NAT64 (RFC 6052) and 6to4 (RFC 3056).
  list.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
  list.addSubnet('2002:a9fe::', 32, 'ipv6');
  return list;
}

/** IPv4 addresses inside IPv6 ones (`::ffff:…`) are looked up as IPv4, too. */
function isListed(host: string, list: BlockList): boolean {
  return isIP(host) !== 0 && list.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}

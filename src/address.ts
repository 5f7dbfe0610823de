import { BlockList, isIP } from 'node:net';

export interface AddressRules {
  /** Plain http is accepted beyond loopback too. */
  readonly allowHttp: boolean;
  /** A base URL gets paths appended, so it ends with its own path; an endpoint may have a query (RFC 6749 §3.1). */
  readonly query: 'refused' | 'accepted';
}

/** The machines' own metadata services, which hand credentials to whoever asks from inside. */
const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/**
 * What is wrong with an upstream address, as the end of a sentence that begins with its key; `undefined` when it may
 * be used. Judges what is written: what a name resolves to is seen when it is connected to.
 */
export function addressProblem(text: string, rules: AddressRules): string | undefined {
  const url = parse(text);
  if (url === undefined) return 'must be a whole address, such as https://llm.example.com/v1';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') {
    return 'may not hold a user name or a password; leave them out and sign in with `proxy login`';
  }
  if (text.includes('#')) return 'may not have a fragment (#…)';
  if (rules.query === 'refused' && text.includes('?'))
    return 'may not have a query (?…): paths are appended to it';
  const host = bareHost(url);
  if (isMetadata(host)) return 'is a link-local or metadata address, which is never sent a credential';
  if (url.protocol === 'http:' && !rules.allowHttp && !isLoopback(host)) {
    return (
      'must begin with https://: plain http is accepted for loopback, and where the provider ' +
      'sets allowHttp for a server on the local network'
    );
  }
  return undefined;
}

function parse(text: string): URL | undefined {
  // The URL parser repairs what it can (`https:host`, blanks round it); what people wrote should be what is used.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]/i.test(text) || /\s/.test(text)) return undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Without the brackets of IPv6 and the dot of a fully qualified name; the URL parser has made IPv4 of 0xA9FEA9FE. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '');
}

function isMetadata(host: string): boolean {
  if (METADATA_NAMES.has(host)) return true;
  const list = new BlockList();
  list.addSubnet('169.254.0.0', 16, 'ipv4');
  list.addAddress('100.100.100.200', 'ipv4');
  list.addAddress('168.63.129.16', 'ipv4');
  list.addAddress('192.0.0.192', 'ipv4');
  list.addSubnet('fe80::', 10, 'ipv6');
  list.addAddress('fd00:ec2::254', 'ipv6');
  list.addAddress('fd20:ce::254', 'ipv6');
  // The same IPv4 network behind NAT64 (RFC 6052) and 6to4 (RFC 3056).
  list.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
  list.addSubnet('2002:a9fe::', 32, 'ipv6');
  return listed(list, host);
}

/** Whether a host, without brackets, is this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return listed(list, host);
}

function listed(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

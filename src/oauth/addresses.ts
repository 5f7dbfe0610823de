const loopback = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/i;

/** Whether a URL's `hostname` is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return loopback.test(hostname);
}

/** Whether a `Host` header names this machine, on any port: tunnels and containers map ports. */
export function isLoopbackAuthority(authority: string | undefined): boolean {
  return authority !== undefined && loopback.test(authority.replace(/:\d{1,5}$/, ''));
}

/** An address that a credential may be sent to: https, or plain http on this machine. `undefined` for any other. */
export function readAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const address = new URL(text);
  if (address.username !== '' || address.password !== '') return undefined;
  if (address.protocol === 'https:') return address;
  return address.protocol === 'http:' && isLoopbackHost(address.hostname) ? address : undefined;
}

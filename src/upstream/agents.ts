import type { Dispatcher } from 'undici';

const CONNECT_MS = 10_000;
/** How long an idle connection is kept for the next request, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;

const options = {
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connect: { timeout: CONNECT_MS },
};

/**
 * The way out where nobody says otherwise: straight, or through the proxies that the environment names (`HTTPS_PROXY`,
 * `HTTP_PROXY`, `NO_PROXY`, in upper or lower case). Time limits are the caller's. Only the part of undici that is needed is
 * loaded: its index brings `fetch`, caches and mocks along, which cost 8 MB.
 */
export async function loadAgent(env: Readonly<Record<string, string | undefined>>): Promise<Dispatcher> {
  const httpProxy = env.HTTP_PROXY ?? env.http_proxy;
  const httpsProxy = env.HTTPS_PROXY ?? env.https_proxy;
  if (!httpProxy && !httpsProxy) return straightAgent();
  const { EnvHttpProxyAgent } = await import('undici');
  return new EnvHttpProxyAgent({
    ...options,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    noProxy: env.NO_PROXY ?? env.no_proxy ?? '',
  });
}

/**
 * An account's own way out, whatever the environment says: through an http, https or socks5 proxy, or straight for `none`. To
 * the provider it is a tunnel, in which certificates are checked as ever.
 */
export async function loadEgressAgent(egressProxy: string): Promise<Dispatcher> {
  if (egressProxy === 'none') return straightAgent();
  // Its index, since what makes a tunnel is put together there.
  const { ProxyAgent, Socks5ProxyAgent } = await import('undici');
  return egressProxy.startsWith('socks5:')
    ? new Socks5ProxyAgent(egressProxy)
    : new ProxyAgent({ ...options, uri: egressProxy });
}

async function straightAgent(): Promise<Dispatcher> {
  const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
  return new Agent(options);
}

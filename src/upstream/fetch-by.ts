import type { Exchanges, Upstream } from './client.ts';

/** Small answers by an account's own way out, or the usual one where it has none. */
export function fetchBy(load: () => Promise<Upstream>, egressProxy: string | undefined): Exchanges['fetch'] {
  return async (url, init) => {
    const upstream = await load();
    const way = egressProxy === undefined ? upstream : await upstream.by(egressProxy);
    return way.fetch(url, init);
  };
}

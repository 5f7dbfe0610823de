import { systemClock } from '../../src/clock.ts';
import type { CallRequest, Upstream } from '../../src/upstream/client.ts';
import { fetchWhole } from '../../src/upstream/fetch-whole.ts';
import { makeUpstream } from '../../src/upstream/undici-client.ts';

export interface Diverted extends Upstream {
  /** What was sent, with the address at which it would have arrived. */
  readonly sent: readonly CallRequest[];
}

/** The real HTTP client, but for where it goes: every call arrives at `origin` on this machine, at its own path. */
export async function divertedUpstream(origin: string): Promise<Diverted> {
  const real = await makeUpstream({ clock: systemClock, env: {} });
  const sent: CallRequest[] = [];
  const call: Upstream['call'] = (request, handler) => {
    sent.push(request);
    const { pathname, search } = new URL(request.url);
    return real.call({ ...request, url: origin + pathname + search }, handler);
  };
  return { ...real, sent, call, fetch: (url, init) => fetchWhole(call, url, init) };
}

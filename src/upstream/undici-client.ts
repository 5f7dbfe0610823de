import type { Dispatcher } from 'undici';
import { loadAgent, loadEgressAgent } from './agents.ts';
import type { Call, CallHandler, CallRequest, Exchanges, Upstream, UpstreamOptions } from './client.ts';
import { fetchWhole } from './fetch-whole.ts';

const SWEEP_MS = 1000;

/** How long an error may take from its head to its end, in milliseconds: it is told in one go, and somebody waits behind it. */
const ERROR_MS = 10_000;

/** A call that waits for bytes, and since when. */
interface Watched {
  dueAt: number;
  paused: boolean;
  expire(): void;
}

/**
 * The HTTP client of every upstream call. Written on undici's `dispatch`, whose handler is called with each chunk:
 * no stream and no promise stands between the upstream's socket and the client's. The time limits are our own (undici's
 * are switched off): one sweep each second looks after all calls, which costs a chunk no more than a clock reading.
 */
export async function makeUpstream({ clock, env }: UpstreamOptions): Promise<Upstream> {
  const watched = new Set<Watched>();
  const ways = new Map<string, Promise<Dispatcher>>();
  const sweep = setInterval(() => {
    const now = clock.now();
    for (const call of watched) if (!call.paused && call.dueAt <= now) call.expire();
  }, SWEEP_MS);
  sweep.unref();

  const usual = await loadAgent(env);
  const by = async (egressProxy: string): Promise<Exchanges> => {
    const loading = ways.get(egressProxy) ?? loadEgressAgent(egressProxy);
    ways.set(egressProxy, loading);
    return exchangesBy(await loading);
  };
  const exchangesBy = (agent: Dispatcher): Exchanges => {
    const call: Upstream['call'] = (request, handler) => dispatch(agent, watched, clock, request, handler);
    return { call, fetch: (url, init) => fetchWhole(call, url, init) };
  };
  return {
    ...exchangesBy(usual),
    by,
    async close() {
      clearInterval(sweep);
      await Promise.all([usual, ...ways.values()].map(async (agent) => (await agent).destroy()));
    },
  };
}

function dispatch(
  agent: Dispatcher,
  watched: Set<Watched>,
  clock: Clock,
  request: CallRequest,
  handler: CallHandler,
): Call {
  let controller: Dispatcher.DispatchController | undefined;
  let isOver = false;
  let waitMs = request.firstByteMs;
  let waitsFor = 'no answer';
  let isError = false;

  const watch: Watched = {
    dueAt: clock.now() + waitMs,
    paused: false,
    expire() {
      finish();
      controller?.abort(new Error('time limit'));
      handler.onFailure('slow', `${waitsFor} for ${Math.round(waitMs / 1000)} s`);
    },
  };
  watched.add(watch);

  function finish(): void {
    isOver = true;
    watched.delete(watch);
  }

  const { origin, pathname, search } = new URL(request.url);
  agent.dispatch(
    {
      origin,
      path: pathname + search,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      // Ours count, also where an agent has others.
      headersTimeout: 0,
      bodyTimeout: 0,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (isOver) started.abort(new Error('aborted'));
      },
      onResponseStart(_controller, status, headers) {
        if (isOver || status < 200) return;
        isError = status >= 400;
        waitMs = isError ? Math.min(ERROR_MS, request.idleMs) : request.idleMs;
        waitsFor = 'silence in the middle of an answer';
        watch.dueAt = clock.now() + waitMs;
        handler.onHead(status, headers);
      },
      onResponseData(_controller, chunk) {
        if (isOver) return;
        if (!isError) watch.dueAt = clock.now() + waitMs;
        handler.onData(chunk);
      },
      onResponseEnd() {
        if (isOver) return;
        finish();
        handler.onEnd();
      },
      onResponseError(_controller, error) {
        if (isOver) return;
        finish();
        handler.onFailure('transport', describe(error));
      },
    },
  );

  return {
    abort() {
      if (isOver) return;
      finish();
      controller?.abort(new Error('aborted'));
    },
    pause() {
      watch.paused = true;
      controller?.pause();
    },
    resume() {
      watch.paused = false;
      watch.dueAt = clock.now() + waitMs;
      controller?.resume();
    },
  };
}

/** A connection's error code, or its words: neither holds a header or a body. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return describe(error.errors[0]);
  return code ? `${error.message || 'the connection failed'} (${code})` : error.message;
}

type Clock = UpstreamOptions['clock'];

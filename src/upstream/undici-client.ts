import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { RotaError } from '../failure.ts';
import type { Call, CallHandler, CallRequest, Upstream, UpstreamOptions } from './client.ts';

const CONNECT_MS = 10_000;
const SWEEP_MS = 1000;
const MAX_FETCHED_BYTES = 16 * 1024 * 1024;

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
export function makeUpstream({ clock, env }: UpstreamOptions): Upstream {
  const agent = makeAgent(env);
  const watched = new Set<Watched>();
  const sweep = setInterval(() => {
    const now = clock.now();
    for (const call of watched) if (!call.paused && call.dueAt <= now) call.expire();
  }, SWEEP_MS);
  sweep.unref();

  return {
    call: (request, handler) => dispatch(agent, watched, clock, request, handler),
    async fetch(url, init) {
      try {
        return await fetchWhole(agent, url, init);
      } catch (error) {
        if (init.signal?.aborted === true || error instanceof RotaError) throw error;
        const message = `${new URL(url).host} could not be reached: ${describe(error)}.`;
        throw new RotaError({ kind: 'upstream-unreachable', message }, { cause: error });
      }
    },
    async close() {
      clearInterval(sweep);
      await agent.destroy();
    },
  };
}

function makeAgent(env: UpstreamOptions['env']): Dispatcher {
  const options = {
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    connect: { timeout: CONNECT_MS },
  };
  const httpProxy = env.HTTP_PROXY ?? env.http_proxy;
  const httpsProxy = env.HTTPS_PROXY ?? env.https_proxy;
  if (!httpProxy && !httpsProxy) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    noProxy: env.NO_PROXY ?? env.no_proxy ?? '',
  });
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
    },
    {
      onRequestStart(started) {
        controller = started;
        if (isOver) started.abort(new Error('aborted'));
      },
      onResponseStart(_controller, status, headers) {
        if (isOver || status < 200) return;
        waitMs = request.idleMs;
        waitsFor = 'silence in the middle of an answer';
        watch.dueAt = clock.now() + waitMs;
        handler.onHead(status, headers);
      },
      onResponseData(_controller, chunk) {
        if (isOver) return;
        watch.dueAt = clock.now() + waitMs;
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

async function fetchWhole(
  agent: Dispatcher,
  url: string,
  init: Parameters<Upstream['fetch']>[1],
): Promise<Response> {
  const { origin, pathname, search } = new URL(url);
  const answer = await agent.request({
    origin,
    path: pathname + search,
    method: init.method,
    headers: init.headers,
    body: init.body ?? null,
    ...(init.signal ? { signal: init.signal } : {}),
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_FETCHED_BYTES) throw new Error('the answer is larger than 16 MB');
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  const hasBody = answer.statusCode !== 204 && answer.statusCode !== 304;
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status: answer.statusCode, headers });
}

/** A connection's error code, or its words: neither holds a header or a body. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return describe(error.errors[0]);
  return code ? `${error.message || 'the connection failed'} (${code})` : error.message;
}

type Clock = UpstreamOptions['clock'];

/** The stand-in upstream: answers from buffers made once, so that it takes as little as possible of the machine. */
import { createServer, type ServerResponse } from 'node:http';
import { announce } from './announce.ts';
import type { Ask } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import { makeWorkload, modelNames, type Workload } from './workloads.ts';

const workloads = new Map<string, Workload>(modelNames.map((name) => [name, makeWorkload(name)]));
const modelList = JSON.stringify({
  object: 'list',
  data: modelNames.map((id) => ({ id, object: 'model', created: 1, owned_by: 'bench' })),
});
/** When an answer was cut off by its reader. */
let closings: number[] = [];

const server = createServer({ requestTimeout: 0, keepAliveTimeout: 600_000 }, (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(modelList);
    return;
  }
  let workload: Workload | undefined;
  request.on('data', (chunk: Buffer) => {
    workload ??= workloads.get(modelOf(chunk));
  });
  request.on('end', () => answer(workload, response));
});

process.on('message', ({ kind }: Ask) => {
  if (kind !== 'closings') return;
  process.send?.(closings);
  closings = [];
});
announce(server, 'upstream');

/** All bodies of the benchmark begin with it. */
function modelOf(chunk: Buffer): string {
  return /^\{"model":"([^"]+)"/.exec(chunk.toString('latin1', 0, 64))?.[1] ?? '';
}

function answer(workload: Workload | undefined, response: ServerResponse): void {
  if (workload?.answer) {
    const headers = { 'content-type': 'application/json', 'content-length': workload.answerBytes };
    response.writeHead(200, headers).end(workload.answer);
  } else if (workload?.events) stream(workload.events, workload.everyMs, response);
  else response.writeHead(404).end();
}

function stream(events: readonly Buffer[], everyMs: number | undefined, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  let at = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    const event = events[at];
    at += 1;
    if (response.destroyed) return;
    if (at === events.length) {
      clearInterval(timer);
      response.end(event);
      return;
    }
    response.write(event);
    if (everyMs === undefined) setImmediate(next);
  };
  if (everyMs !== undefined) timer = setInterval(next, everyMs);
  response.once('close', () => {
    clearInterval(timer);
    if (!response.writableFinished) closings.push(monotonicMs());
  });
  next();
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from './accounts.ts';
import type { Call, createCallLog, MutableCall } from './calls.ts';
import { decide, type Incoming, type World } from './decide.ts';
import { deliver, type Timers } from './delivery.ts';
import { prepare, skim, type Prepared } from './prepared.ts';
import { keyOf, routeOf, type Route } from './routes.ts';

/** A call that no well-behaved client would have made. */
export interface Unexpected {
  readonly problem: string;
  readonly method: string;
  readonly path: string;
}

export interface ReceiverParts {
  readonly world: World;
  readonly log: ReturnType<typeof createCallLog>;
  readonly timers: Timers;
  readonly unexpected: Unexpected[];
  /** As in `SimulatorOptions`. */
  readonly record: boolean;
}

/** One request's way from its headers to its answer, and the record of it. */
export function createReceiver(parts: ReceiverParts) {
  const { world, log, timers, unexpected, record } = parts;
  const prepared = new WeakMap<Account, Map<Route, Prepared | undefined>>();
  let serial = 0;

  const opened = (
    request: IncomingMessage,
    path: string,
    kind: Call['kind'] = 'unknown',
    key?: string,
  ): MutableCall => {
    serial += 1;
    return {
      serial,
      at: world.now(),
      kind,
      key,
      label: key === undefined ? undefined : world.accounts.get(key)?.label,
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: '',
      answered: 'none',
      status: undefined,
      aborted: false,
      abortedAt: undefined,
      finished: false,
      finishedAt: undefined,
    };
  };

  /** The answers made once, where nothing about this call needs thought. */
  const preparedFor = (route: Route | undefined, key: string | undefined): Prepared | undefined => {
    if (record || route?.kind !== 'generate' || key === undefined || !world.playbook.isEmpty()) {
      return undefined;
    }
    const known = world.accounts.get(key);
    if (known === undefined || known.options.quota !== undefined || known.options.models !== undefined) {
      return undefined;
    }
    const byRoute = prepared.get(known) ?? new Map<Route, Prepared | undefined>();
    prepared.set(known, byRoute);
    if (!byRoute.has(route)) {
      byRoute.set(route, prepare(route, known, world.answer, world.models[0] ?? 'simulated', world.now()));
    }
    return byRoute.get(route);
  };

  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '/';
    const route = routeOf(path.split('?', 1)[0] ?? '/', request.headers);
    const key = keyOf(route?.vendor ?? 'openai', request.headers);
    const ready = preparedFor(route, key);
    if (ready !== undefined) {
      skim(request, (form) => deliver(ready[form], response, timers, () => undefined));
      return;
    }
    const call = opened(request, path, route?.kind, key);
    const url = new URL(path.startsWith('/') ? `http://127.0.0.1${path}` : 'http://127.0.0.1/');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      call.body = Buffer.concat(chunks).toString();
      respond({ serial: call.serial, request, url, route, key, body: call.body }, call, response);
    });
    if (record) watch(call, response);
  };

  const respond = (incoming: Incoming, call: MutableCall, response: ServerResponse): void => {
    const { delivery, answered, problem } = decide(incoming, world);
    call.answered = answered;
    call.status = delivery.kind === 'http' ? delivery.status : undefined;
    if (problem !== undefined) unexpected.push({ problem, method: call.method, path: call.path });
    if (record) log.add(call);
    deliver(delivery, response, timers, () => finish(call));
  };

  const finish = (call: MutableCall): void => {
    if (call.finished) return;
    call.finished = true;
    call.finishedAt = world.now();
  };

  const watch = (call: MutableCall, response: ServerResponse): void => {
    response.on('close', () => {
      if (response.writableFinished) finish(call);
      if (!call.finished) {
        call.aborted = true;
        call.abortedAt = world.now();
      }
      // A client may go away while it is still sending.
      if (call.answered === 'none') log.add(call);
      else log.changed(call);
    });
  };

  return receive;
}

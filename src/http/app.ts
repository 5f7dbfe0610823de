import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Address, Dialect, Protocol } from '../protocols/protocol.ts';
import type { Secret } from '../secret.ts';
import { failureOf, refuse, sendJson, type Context } from './answer.ts';
import { readBody } from './body.ts';
import { controlRoutes } from './control.ts';
import { dialectOf } from './dialect.ts';
import { checkDoor, isAllowedOrigin } from './guard.ts';
import { checkKey } from './key.ts';
import { listModels, oneModel } from './models.ts';
import type { Closing, HttpParts, KeyHolder } from './parts.ts';
import { makeReply } from './reply.ts';
import { commonDialect, modelLists, modelRoutes, routes, storedRoutes } from './routes.ts';

/** The doorkeeping of every request, in this order: Host and Origin, the key, the route, the body's limits. */
export function makeApp(parts: HttpParts, closing: Closing): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);

  app.use((request, response, next) => {
    const context: Context = { requestId: parts.newRequestId(), extra: corsHeaders(request, parts) };
    response.locals.context = context;
    const failure = checkDoor(request.headers, parts.door()) ?? closing.failure;
    if (failure) return refuse(parts, request, response, failure, context);
    if (request.method === 'OPTIONS' && request.headers.origin !== undefined)
      return preflight(request, response, context);
    next();
  });

  // First of all: each layer that a request passes costs it a few microseconds.
  for (const { paths, protocol } of routes) {
    app
      .route([...paths])
      .all(admission(parts, parts.localKey, () => protocol))
      .post(relay(parts, protocol))
      .all(otherMethods(parts, 'POST'));
  }
  app.head(['/', '/api/hello'], (_request, response) => void response.status(200).end());
  app.get('/healthz', (_request, response) => sendJson(response, 200, parts.health(), contextOf(response)));
  app.use(
    '/-',
    admission(parts, parts.adminKey, () => commonDialect),
    controlRoutes(parts),
  );

  app.use(admission(parts, parts.localKey, dialectOf));
  app.get([...modelLists], listModels(parts));
  // Behind the key: a path with a wildcard is decoded before anything else can look at it.
  for (const { paths, protocol } of modelRoutes) {
    app
      .route([...paths])
      .get(oneModel(parts))
      .post(relay(parts, protocol))
      .all(otherMethods(parts, 'GET, POST'));
  }

  for (const { paths, protocol } of storedRoutes) {
    app
      .route([...paths])
      .get(ask(parts, protocol))
      .post(ask(parts, protocol))
      .delete(ask(parts, protocol))
      .all(otherMethods(parts, 'GET, POST, DELETE'));
  }

  app.use((request, response) => {
    const message = `There is no ${request.method} ${request.path.slice(0, 200)} here.`;
    refuse(parts, request, response, { kind: 'not-found', message }, contextOf(response));
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const context = contextOf(response);
    refuse(parts, request, response, failureOf(parts, error, context.requestId), context);
  });
  return app;
}

/** Hands a request to the gateway. */
function relay(parts: HttpParts, protocol: Protocol): RequestHandler {
  return async (request, response) => {
    const { requestId, extra } = contextOf(response);
    const body = await readBody(request, response, parts.maxBodyBytes());
    const { headers } = request;
    const reply = makeReply(response, extra);
    const address = addressOf(request);
    await parts.gateway.handle({ requestId, protocol, address, headers, body, reply });
  };
}

/** The same for a request that says all in its address. */
function ask(parts: HttpParts, protocol: Protocol): RequestHandler {
  return async (request, response) => {
    const { requestId, extra } = contextOf(response);
    const { method, headers } = request;
    const reply = makeReply(response, extra);
    const body = Buffer.alloc(0);
    const address = addressOf(request);
    await parts.gateway.handle({ requestId, protocol, address, method, headers, body, reply });
  };
}

function otherMethods(parts: HttpParts, allow: string): RequestHandler {
  return (request, response) => {
    const message = `${request.path} takes ${allow}, not ${request.method}.`;
    refuse(parts, request, response, { kind: 'method-not-allowed', allow, message }, contextOf(response));
  };
}

/** Lets a request pass that has the key. It waits only where the key itself is not at hand yet. */
function admission(
  parts: HttpParts,
  holder: KeyHolder,
  dialectFor: (request: Request) => Dialect,
): RequestHandler {
  return (request, response, next) => {
    const judge = (key: Secret) => {
      const failure = checkKey(request, key, dialectFor(request));
      if (failure) refuse(parts, request, response, failure, contextOf(response));
      else next();
    };
    const key = holder.peek();
    return key ? judge(key) : holder.get().then(judge);
  };
}

/** What the route leaves open: its wildcard, and the query. */
function addressOf({ params, url }: Request): Address {
  const { rest = '' } = params as { readonly rest?: string | readonly string[] };
  const at = url.indexOf('?');
  return { rest: typeof rest === 'string' ? rest : rest.join('/'), query: at < 0 ? '' : url.slice(at + 1) };
}

function contextOf(response: Response): Context {
  return response.locals.context as Context;
}

function corsHeaders({ headers: { origin } }: Request, parts: HttpParts): readonly string[] {
  if (origin === undefined || !isAllowedOrigin(origin, parts.door())) return [];
  return ['access-control-allow-origin', origin, 'vary', 'origin', 'access-control-expose-headers', EXPOSED];
}

/** What a page may read of an answer besides its body: our own words, and what SDKs go by when they try again. */
const EXPOSED = [
  'x-request-id',
  'x-rota-account',
  'x-rota-model',
  'x-rota-attempts',
  'x-rota-dropped',
  'x-rota-estimated',
  'x-rota-retry-at',
  'retry-after',
  'x-should-retry',
].join(', ');

/**
 * Only an allowed origin comes this far; a browser asks before it sends the key. SDKs in a page send headers of their
 * own (`x-stainless-os` and its like): whichever it asks for it may send, we read those that we know.
 */
function preflight(request: Request, response: Response, { extra }: Context): void {
  const asked = request.headers['access-control-request-headers'] ?? '';
  const allowed = /^[\w\-, ]{1,2000}$/.test(asked) ? asked : 'authorization, content-type';
  response
    .writeHead(204, [
      ...extra,
      'access-control-allow-methods',
      'GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers',
      allowed,
      'access-control-max-age',
      '600',
    ])
    .end();
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { anthropicMessages } from '../protocols/anthropic-messages/protocol.ts';
import { gemini } from '../protocols/gemini/protocol.ts';
import type { Dialect } from '../protocols/protocol.ts';
import { commonDialect } from './routes.ts';

/** Paths that are one protocol's alone, also where nothing is served under them. */
const byPath: readonly (readonly [RegExp, Dialect])[] = [
  [/^(?:\/v1){0,2}\/messages(?:[/?]|$)/, anthropicMessages],
  [/^\/v1(?:beta1?|alpha|\/projects|\/publishers)\//, gemini],
];

/** Paths that several protocols share: there a client gives itself away by its headers. */
const shared = /^(?:\/v1){0,2}\/models(?:[/?]|$)/;

/** In whose shape a client is answered. */
export function dialectOf(request: IncomingMessage & { readonly originalUrl?: string }): Dialect {
  const url = request.originalUrl ?? request.url ?? '/';
  const own = byPath.find(([pattern]) => pattern.test(url))?.[1];
  if (own) return own === gemini ? geminiAt(url) : own;
  if (!shared.test(url)) return commonDialect;
  // Nobody else sends anything to a model.
  return request.method === 'POST' ? geminiAt(url) : byHeaders(request.headers);
}

/** Its errors have the form that was asked for, which stands in the address. */
function geminiAt(url: string): Dialect {
  const at = url.indexOf('?');
  const path = (at < 0 ? url : url.slice(0, at)).replace(/%3a/i, ':');
  const address = { rest: path, query: at < 0 ? '' : url.slice(at + 1) };
  return { ...gemini, encodeFailure: (failure, now) => gemini.encodeFailure(failure, now, address) };
}

function byHeaders(headers: IncomingHttpHeaders): Dialect {
  if (headers['anthropic-version'] !== undefined) return anthropicMessages;
  const isGoogles = headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined;
  return isGoogles ? gemini : commonDialect;
}

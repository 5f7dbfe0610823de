import { RotaError } from '../failure.ts';
import { withDeadline } from './deadline.ts';
import { abortError, signInError } from './sign-in-failure.ts';
import type { FetchAnswer, FetchInit, OAuthContext } from './types.ts';

/** How long one call to an authorization server may take, in milliseconds, its body included. */
export const callTimeoutMs = 30_000;

const maxBodyBytes = 1024 * 1024;
const bodiless = new Set([204, 205, 304]);

/**
 * Sends one request and reads its answer to the end, so that whatever comes back later cannot fail on the network.
 * @throws RotaError `sign-in`/`unreachable` when no whole answer came, `cancelled` when `context.signal` aborts.
 */
export async function call(
  context: OAuthContext,
  url: string,
  init: FetchInit,
  waitMs: number = callTimeoutMs,
): Promise<Response> {
  const { host } = new URL(url);
  return withDeadline(context, waitMs, async (bounded) => {
    try {
      const response = await bounded.fetch(url, { ...init, redirect: 'manual', signal: bounded.signal });
      const body = await readBody(response, host);
      const { status, headers } = response;
      return new Response(bodiless.has(status) ? null : body, { status, headers: withoutEncoding(headers) });
    } catch (error) {
      if (bounded.signal.aborted) throw abortError(bounded.signal);
      if (error instanceof RotaError) throw error;
      throw signInError('unreachable', `${host} cannot be reached${networkCode(error)}. Check the network.`);
    }
  });
}

async function readBody(response: FetchAnswer, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBodyBytes) {
        throw signInError('token-answer', `${host} answered with more than a sign-in can need.`);
      }
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

// `fetch` has decoded the body already; the header would claim otherwise.
function withoutEncoding(headers: FetchAnswer['headers']): Headers {
  const plain = new Headers([...headers].map(([name, value]): [string, string] => [name, value]));
  plain.delete('content-encoding');
  plain.delete('content-length');
  return plain;
}

// The system's own code (ECONNREFUSED), never the error's text: that may quote a header.
function networkCode(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : undefined;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : '';
}

import { Readable } from 'node:stream';
import { RotaError } from '../failure.ts';
import type { FetchAnswer, HeaderFields, Upstream } from './client.ts';

const MAX_BYTES = 16 * 1024 * 1024;
/** Callers have limits of their own, which are shorter; this one is for whoever forgot. */
const LIMIT_MS = 120_000;

/**
 * A small answer at once, over the same connections and egress proxy as requests: for model lists and token calls. No
 * redirect is followed.
 * @throws RotaError of kind `upstream-unreachable`; the signal's reason where it aborts
 */
export function fetchWhole(
  call: Upstream['call'],
  url: string,
  { method, headers, body, signal }: Parameters<Upstream['fetch']>[1],
): Promise<FetchAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let head: { readonly status: number; readonly fields: HeaderFields } | undefined;
    const fail = (detail: string) => {
      signal?.removeEventListener('abort', onAbort);
      const message = `${new URL(url).host} could not be reached: ${detail}.`;
      reject(new RotaError({ kind: 'upstream-unreachable', message }));
    };
    const onAbort = () => {
      exchange.abort();
      reject(signal?.reason as Error);
    };
    if (signal?.aborted) return reject(signal.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });

    const limits = { firstByteMs: LIMIT_MS, idleMs: LIMIT_MS };
    const payload = body === undefined ? {} : { body: Buffer.from(body) };
    const exchange = call(
      { url, method, headers, ...payload, ...limits },
      {
        onHead(status, fields) {
          head = { status, fields };
        },
        onData(chunk) {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes <= MAX_BYTES) return;
          exchange.abort();
          fail('its answer is larger than 16 MB');
        },
        onEnd() {
          if (!head) return fail('its answer has no head');
          signal?.removeEventListener('abort', onAbort);
          resolve(toAnswer(head.status, head.fields, chunks));
        },
        onFailure: (_, detail) => fail(detail),
      },
    );
  });
}

function toAnswer(status: number, fields: HeaderFields, chunks: readonly Buffer[]): FetchAnswer {
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: Object.entries(fields).flatMap(([name, value = '']) =>
      (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const),
    ),
    body: Readable.from(chunks),
    json: async () => JSON.parse(Buffer.concat(chunks).toString()) as unknown,
  };
}

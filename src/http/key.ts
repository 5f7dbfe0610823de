import type { IncomingHttpHeaders } from 'node:http';
import type { Failure } from '../failure.ts';
import type { Secret } from '../secret.ts';

/** The key that a client sent, in any of the ways that assistants have. */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const named = headers['x-api-key'] ?? headers['x-goog-api-key'];
  return bearer ?? (typeof named === 'string' ? named : undefined);
}

/** @returns why the request is refused */
export function checkKey(headers: IncomingHttpHeaders, key: Secret): Failure | undefined {
  const sent = keyOf(headers);
  if (sent === undefined) {
    return {
      kind: 'wrong-key',
      message: 'No key was sent. `proxy key` prints it: send it as `Authorization: Bearer …`.',
    };
  }
  if (!key.isEmpty && key.equals(sent)) return undefined;
  return { kind: 'wrong-key', message: 'The key is not the one of this Rota. `proxy key` prints it.' };
}

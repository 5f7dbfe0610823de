import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Failure } from '../failure.ts';
import type { Dialect } from '../protocols/protocol.ts';
import type { Secret } from '../secret.ts';

/** The keys that a client sent, in any of the ways that assistants have; nearly always one. */
function keysOf(
  { headers, url = '' }: Pick<IncomingMessage, 'headers' | 'url'>,
  dialect: Dialect,
): readonly string[] {
  const usual = usualKey(headers);
  const own = dialect.keyHeader === undefined ? undefined : headers[dialect.keyHeader];
  const keys = [usual, own, parameterIn(url, dialect)];
  return keys.filter((key) => typeof key === 'string');
}

function usualKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const named = headers['x-api-key'] ?? headers['x-goog-api-key'];
  return bearer ?? (typeof named === 'string' ? named : undefined);
}

function parameterIn(url: string, { keyParameter }: Dialect): string | undefined {
  const at = keyParameter === undefined ? -1 : url.indexOf('?');
  if (keyParameter === undefined || at < 0) return undefined;
  return new URLSearchParams(url.slice(at + 1)).get(keyParameter) ?? undefined;
}

/**
 * Where a protocol has a header of its own for keys, the key may stand in it beside another sign-in: a client may be
 * signed in with its vendor as well, and send both. What is not our key is passed over, and goes nowhere.
 * @returns why the request is refused
 */
export function checkKey(
  request: Pick<IncomingMessage, 'headers' | 'url'>,
  key: Secret,
  dialect: Dialect,
): Failure | undefined {
  const sent = keysOf(request, dialect);
  if (sent.length === 0) {
    return {
      kind: 'wrong-key',
      message: 'No key was sent. `proxy key` prints it: send it as `Authorization: Bearer …`.',
    };
  }
  if (!key.isEmpty && sent.some((one) => key.equals(one))) return undefined;
  return { kind: 'wrong-key', message: 'The key is not the one of this Rota. `proxy key` prints it.' };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { RotaError } from '../failure.ts';

/**
 * Reads a request's body whole, within a limit that counts after decompression. A client that asks first
 * (`Expect: 100-continue`) is told to send it only where it is wanted.
 * @throws RotaError `unsupported-media-type`, `body-too-large`, `invalid-request` (cut off, or not what its encoding says)
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
): Promise<Buffer> {
  const { headers } = request;
  if (!isJson(headers['content-type'])) {
    const message = 'Send the body as JSON, with the header `Content-Type: application/json`.';
    return Promise.reject(new RotaError({ kind: 'unsupported-media-type', message }));
  }
  if (Number(headers['content-length'] ?? 0) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  const decoder = encoding === 'identity' ? undefined : decoderFor(encoding);
  if (encoding !== 'identity' && !decoder) {
    const message = `The encoding '${encoding.slice(0, 40)}' of the body cannot be read: send ${readable()} or plain JSON.`;
    return Promise.reject(new RotaError({ kind: 'unsupported-media-type', message }));
  }
  if (headers.expect !== undefined) response.writeContinue();
  if (!decoder) return collect(request, request, limitBytes);
  request.pipe(decoder);
  return collect(request, decoder, limitBytes);
}

function collect(
  request: IncomingMessage,
  source: IncomingMessage | Transform,
  limitBytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) {
        stop();
        reject(tooLarge(limitBytes));
      } else chunks.push(chunk);
    });
    source.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes)),
    );
    source.on('error', () => {
      stop();
      reject(
        new RotaError({
          kind: 'invalid-request',
          message: 'The body is not what its `Content-Encoding` says, or was cut off.',
        }),
      );
    });
    if (source !== request) request.on('error', (error) => (source as Transform).destroy(error));
    request.on('close', () => {
      if (!request.complete)
        reject(new RotaError({ kind: 'cancelled', message: 'The client hung up while it sent the body.' }));
    });

    function stop(): void {
      source.removeAllListeners('data');
      if (source !== request) {
        request.unpipe();
        source.on('error', () => {});
        (source as Transform).destroy();
      }
    }
  });
}

function isJson(contentType: string | undefined): boolean {
  return /^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i.test(contentType ?? '');
}

function decoderFor(encoding: string): Transform | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.createGunzip();
  if (encoding === 'deflate') return zlib.createInflate();
  if (encoding === 'br') return zlib.createBrotliDecompress();
  return encoding === 'zstd' ? zstdDecoder() : undefined;
}

/** Node has it from 22.15 on. Some assistants compress so. */
function zstdDecoder(): Transform | undefined {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  const decoder: unknown = typeof create === 'function' ? Reflect.apply(create, zlib, []) : undefined;
  return decoder instanceof Transform ? decoder : undefined;
}

function readable(): string {
  return 'createZstdDecompress' in zlib
    ? 'gzip, deflate, br, zstd'
    : 'gzip, deflate, br (zstd: with Node 22.15 or later)';
}

export function tooLarge(limitBytes: number): RotaError {
  const limitMb = Math.round((limitBytes / 1024 / 1024) * 10) / 10;
  const message = `The body is larger than ${limitMb} MB. \`limits.maxBodyBytes\` in the settings raises the limit.`;
  return new RotaError({ kind: 'body-too-large', limitBytes, message });
}

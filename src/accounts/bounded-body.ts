import type { FetchAnswer } from '../oauth/types.ts';

/** Either the body's text, or that it was longer than `maxBytes` (reading stops there). */
export type BoundedText = { readonly kind: 'whole' | 'cut'; readonly text: string };

/** Reads a body no further than `maxBytes`, so that no server can fill the memory. */
export async function readBounded(response: FetchAnswer, maxBytes: number): Promise<BoundedText> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      const room = maxBytes - sizeBytes;
      chunks.push(chunk.subarray(0, room));
      sizeBytes += chunk.byteLength;
      // Leaving the loop cancels the body.
      if (sizeBytes > maxBytes) return { kind: 'cut', text: textOf(chunks) };
    }
  }
  return { kind: 'whole', text: textOf(chunks) };
}

function textOf(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

/** What vendors charge for an image or a page of ordinary size, about. */
const TOKENS_OF_MEDIA = 1600;
/** So long a string of nothing but Base64 is a picture or a document, and no text. */
const MEDIA = /"(?:data:[^",]{0,100},)?[A-Za-z0-9+/_-]{2000,}={0,2}"/g;
const BYTES_PER_TOKEN = 4;

/**
 * About how many tokens a request has: a quarter of its bytes, and a fixed number for each picture or document in it.
 * For where nobody can be asked; a request that is cut in good time beats one that is refused.
 */
export function estimateTokens(body: Buffer): number {
  let media = 0;
  let mediaBytes = 0;
  for (const [text] of body.toString('latin1').matchAll(MEDIA)) {
    media += 1;
    mediaBytes += text.length;
  }
  return Math.max(1, Math.ceil((body.length - mediaBytes) / BYTES_PER_TOKEN) + media * TOKENS_OF_MEDIA);
}

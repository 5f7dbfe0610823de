/** What a `data:` URL (RFC 2397) holds; its parameters may precede `;base64`, and bytes may be percent-encoded. */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  if (!/^data:/i.test(url.slice(0, 5))) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const [mediaType = '', ...parameters] = url.slice(5, comma).split(';');
  const data = url.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64');
  return { mediaType: plainMediaType(mediaType), data: isBase64 ? data : percentToBase64(data) };
}

export function makeDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}

/** Lower case, without parameters, in its registered spelling. */
export function plainMediaType(mediaType: string): string {
  const bare = (mediaType.split(';')[0] ?? '').trim().toLowerCase();
  return bare === 'image/jpg' ? 'image/jpeg' : bare || 'text/plain';
}

function percentToBase64(data: string): string {
  const bytes = data.replace(/%([0-9a-f]{2})|[^%]+|%/gi, (piece: string, hex: string | undefined) =>
    hex === undefined ? Buffer.from(piece).toString('latin1') : String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('base64');
}

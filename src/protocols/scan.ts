/** Where a value stands in a body: bytes `start` to `end`, the end exclusive. An array or object has no end: it was not walked. */
export interface Span {
  readonly start: number;
  readonly end?: number;
}

export type Scan =
  | { readonly kind: 'members'; readonly members: ReadonlyMap<string, Span> }
  | { readonly kind: 'malformed'; readonly at: number; readonly expected: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Finds members of the JSON object that a body is, without parsing it: parsing a body of 1 MB costs more than
 * relaying it. Walks the head up to the first array or object, then the tail back to the last large one, and what lies
 * between only while a `required` member is still missing. Of two members with one name the later counts, as for
 * any parser; one hidden between two large values is not met. Only what the walk meets is checked.
 */
export function scanObject(body: Buffer, required: readonly string[]): Scan {
  const members = new Map<string, Span>();
  const note = (name: string, span: Span) => {
    if ((members.get(name)?.start ?? -1) < span.start) members.set(name, span);
  };
  const start = skipSpace(body, 0);
  if (body[start] !== OPEN_BRACE) return malformed(start, 'a JSON object');
  let at = skipSpace(body, start + 1);
  if (body[at] === CLOSE_BRACE) return { kind: 'members', members };

  let sawTail = false;
  for (;;) {
    if (body[at] !== QUOTE) return malformed(at, 'a member name in double quotes');
    const keyEnd = skipString(body, at);
    if (keyEnd < 0) return malformed(body.length, 'the end of a string');
    const key = readString(body, at, keyEnd);
    at = skipSpace(body, keyEnd);
    if (body[at] !== COLON) return malformed(at, 'a colon after the member name');
    const valueStart = skipSpace(body, at + 1);
    const byte = body[valueStart];
    if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      note(key, { start: valueStart });
      if (!sawTail) {
        sawTail = true;
        const tail = scanTail(body, valueStart);
        if (!tail) return malformed(body.length, 'the end of the JSON object');
        for (const [name, span] of tail) note(name, span);
      }
      if (required.every((name) => members.has(name))) break;
      at = skipNested(body, valueStart);
      if (at < 0) return malformed(body.length, 'the end of the JSON object');
    } else {
      const end = byte === QUOTE ? skipString(body, valueStart) : skipLiteral(body, valueStart);
      if (end < 0) return malformed(body.length, 'the end of a string');
      if (end === valueStart) return malformed(valueStart, 'a value');
      note(key, { start: valueStart, end });
      at = end;
    }
    at = skipSpace(body, at);
    if (body[at] === CLOSE_BRACE) break;
    if (body[at] !== COMMA) return malformed(at, 'a comma or the end of the object');
    at = skipSpace(body, at + 1);
  }
  return { kind: 'members', members };
}

/** Options of a request are small; what is larger than this holds the conversation, or its tools. */
const MAX_TAIL_VALUE_BYTES = 4096;

/**
 * The members between the last large array or object and the end, read backwards. In valid JSON a quote inside a
 * string is always escaped, so the nearest unescaped quote before a string's end is its beginning.
 * @returns undefined where the body does not end as an object does
 */
function scanTail(body: Buffer, stopAt: number): ReadonlyMap<string, Span> | undefined {
  const members = new Map<string, Span>();
  let end = skipSpaceBack(body, body.length);
  if (body[end - 1] !== CLOSE_BRACE) return undefined;
  end = skipSpaceBack(body, end - 1);
  while (end > stopAt) {
    const last = body[end - 1];
    const isNested = last === CLOSE_BRACKET || last === CLOSE_BRACE;
    const start = isNested
      ? nestedStart(body, end)
      : last === QUOTE
        ? stringStart(body, end)
        : literalStart(body, end);
    const colon = skipSpaceBack(body, start);
    if (start <= stopAt || body[colon - 1] !== COLON) return members;
    const keyEnd = skipSpaceBack(body, colon - 1);
    if (body[keyEnd - 1] !== QUOTE) return members;
    const keyStart = stringStart(body, keyEnd);
    if (keyStart <= stopAt) return members;
    const key = readString(body, keyStart, keyEnd);
    if (!members.has(key)) members.set(key, isNested ? { start } : { start, end });
    const comma = skipSpaceBack(body, keyStart);
    if (body[comma - 1] !== COMMA) return members;
    end = skipSpaceBack(body, comma - 1);
  }
  return members;
}

/** The spans of an array's elements, one at a time, so that a caller may stop early. */
export function* elements(body: Buffer, array: Span): Generator<{ start: number; end: number }> {
  let at = skipSpace(body, array.start + 1);
  while (at < body.length && body[at] !== CLOSE_BRACKET) {
    const end = skipValue(body, at);
    if (end <= at) return;
    yield { start: at, end };
    at = skipSpace(body, end);
    if (body[at] === COMMA) at = skipSpace(body, at + 1);
  }
}

/** Where a value ends, its end exclusive; -1 where it does not. An array or object is walked for it. */
export function endOf(body: Buffer, { start, end }: Span): number {
  return end ?? skipValue(body, start);
}

export function isArray(body: Buffer, span: Span): boolean {
  return body[span.start] === OPEN_BRACKET;
}

function malformed(at: number, expected: string): Scan {
  return { kind: 'malformed', at, expected };
}

function readString(body: Buffer, start: number, end: number): string {
  const raw = body.toString('utf8', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

function skipValue(body: Buffer, at: number): number {
  const byte = body[at];
  if (byte === OPEN_BRACKET || byte === OPEN_BRACE) return skipNested(body, at);
  return byte === QUOTE ? skipString(body, at) : skipLiteral(body, at);
}

/** @param at the opening quote. @returns the place after the closing one, or -1 */
function skipString(body: Buffer, at: number): number {
  let from = at + 1;
  for (;;) {
    const quote = body.indexOf(QUOTE, from);
    if (quote < 0) return -1;
    let slashes = 0;
    while (body[quote - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function skipNested(body: Buffer, at: number): number {
  let depth = 0;
  let place = at;
  while (place < body.length) {
    const byte = body[place];
    if (byte === QUOTE) {
      place = skipString(body, place);
      if (place < 0) return -1;
      continue;
    }
    place += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return place;
    }
  }
  return -1;
}

/** @param end the place after the closing bracket. @returns where it was opened, or -1 where that is too far away */
function nestedStart(body: Buffer, end: number): number {
  const limit = Math.max(0, end - MAX_TAIL_VALUE_BYTES);
  let depth = 0;
  let place = end;
  while (place > limit) {
    const byte = body[place - 1];
    if (byte === QUOTE) {
      place = stringStart(body, place);
      continue;
    }
    place -= 1;
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth += 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth -= 1;
      if (depth === 0) return place;
    }
  }
  return -1;
}

function skipLiteral(body: Buffer, at: number): number {
  let place = at;
  while (place < body.length && isLiteral(body[place])) place += 1;
  return place;
}

function literalStart(body: Buffer, end: number): number {
  let place = end;
  while (place > 0 && isLiteral(body[place - 1])) place -= 1;
  return place;
}

function stringStart(body: Buffer, end: number): number {
  let from = end - 2;
  for (;;) {
    const quote = from < 0 ? -1 : body.lastIndexOf(QUOTE, from);
    if (quote < 0) return -1;
    let slashes = 0;
    while (body[quote - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote;
    from = quote - 1;
  }
}

/** Letters, digits, sign and point: what `true`, `null` and numbers are made of. */
function isLiteral(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(body: Buffer, at: number): number {
  let place = at;
  while (isSpace(body[place])) place += 1;
  return place;
}

function skipSpaceBack(body: Buffer, end: number): number {
  let place = end;
  while (place > 0 && isSpace(body[place - 1])) place -= 1;
  return place;
}

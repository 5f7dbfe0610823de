import { unwrapCustomInput } from './arguments.ts';

/**
 * Takes the free text of a custom tool out of the JSON text of the function that stands in for it, while it comes.
 * Pieces may end anywhere, also inside an escape.
 */
export interface CustomInput {
  /** The free text that this piece adds. */
  feed(piece: string): string;
  end(): string;
}

const OPENING = /^\s*\{\s*"input"\s*:\s*"/;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

export function makeCustomInput(): CustomInput {
  let place: 'before' | 'inside' | 'after' = 'before';
  /** Not understood yet: the opening, or the beginning of an escape. */
  let held = '';

  function read(text: string): string {
    const { plain, rest, closed } = unescape(text);
    held = rest;
    if (closed) place = 'after';
    return plain;
  }

  return {
    feed(piece) {
      if (place === 'after') return '';
      held += piece;
      if (place === 'inside') return read(held);
      const opening = OPENING.exec(held);
      if (!opening) return '';
      place = 'inside';
      return read(held.slice(opening[0].length));
    },
    // What never looked like that object is handed on as well as it can be.
    end: () => (place === 'before' && held.trim() !== '' ? unwrapCustomInput(held) : ''),
  };
}

interface Unescaped {
  readonly plain: string;
  /** The beginning of something that the next piece completes. */
  readonly rest: string;
  /** Whether the closing quote was met. */
  readonly closed: boolean;
}

/** JSON string content, RFC 8259 section 7, up to its closing quote. */
function unescape(text: string): Unescaped {
  let plain = '';
  let at = 0;
  for (;;) {
    const next = text.slice(at).search(/["\\]/);
    if (next < 0) {
      const whole = plain + text.slice(at);
      return { ...holdHalfPair(whole, ''), closed: false };
    }
    plain += text.slice(at, at + next);
    at += next;
    if (text[at] === '"') return { plain, rest: '', closed: true };
    const length = text[at + 1] === 'u' ? 6 : 2;
    if (text.length < at + length) return { ...holdHalfPair(plain, text.slice(at)), closed: false };
    const letter = text[at + 1] ?? '';
    plain +=
      length === 6
        ? String.fromCharCode(parseInt(text.slice(at + 2, at + 6), 16))
        : (SIMPLE_ESCAPES[letter] ?? letter);
    at += length;
  }
}

/** The first half of a surrogate pair waits for the second, as the escape that it may have been. */
function holdHalfPair(plain: string, rest: string): { readonly plain: string; readonly rest: string } {
  const last = plain.charCodeAt(plain.length - 1);
  if (!(last >= 0xd800 && last <= 0xdbff)) return { plain, rest };
  return { plain: plain.slice(0, -1), rest: `\\u${last.toString(16)}${rest}` };
}

import { endOfString } from '../chat/json-text.ts';

/** Deeper than any conversation or schema, and far from where writing JSON exhausts the stack (some 4000 levels). */
const MAX_DEPTH = 500;

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Whether JSON text is nested so deeply that it could be read, but not be walked or written again. One pass without
 * parsing, which skips strings; whether the text is JSON at all is not checked.
 */
export function isNestedTooDeeply(text: string): boolean {
  // Every level takes two characters.
  if (text.length < 2 * MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth -= 1;
  }
  return false;
}

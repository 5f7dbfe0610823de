/** Where a text stops being JSON, and what would have been right there. Lines and columns count from 1. */
export interface JsonMistake {
  readonly line: number;
  readonly column: number;
  readonly advice: string;
}

/**
 * Finds the first mistake in a text that `JSON.parse` refuses; `undefined` where there is none.
 *
 * `JSON.parse` itself says where only in some of its messages, and differently in each version of Node.
 */
export function jsonMistake(text: string): JsonMistake | undefined {
  const found = scan(text);
  if (found === undefined) return undefined;
  const lines = text.slice(0, found.offset).split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, advice: found.advice };
}

interface Found {
  readonly offset: number;
  readonly advice: string;
}

/** What may come next. `first-…` is right after an opening bracket, where the closing one may follow as well. */
type Expecting = 'value' | 'first-value' | 'first-key' | 'key' | 'colon' | 'comma';

const BLANK = /[ \t\n\r]*/y;
const STRING_BODY = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y; // eslint-disable-line no-control-regex
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Reads token by token, without recursion, so that no depth of nesting can exhaust the stack. */
function scan(text: string): Found | undefined {
  const open: ('{' | '[')[] = [];
  let expecting: Expecting = 'value';
  let offset = 0;
  for (;;) {
    offset = endOf(BLANK, text, offset) ?? offset;
    const char = text[offset];
    if (expecting === 'comma' && open.length === 0) {
      return char === undefined ? undefined : { offset, advice: 'nothing may follow the closing bracket' };
    }
    if (closes(char, open.at(-1), expecting)) {
      open.pop();
      expecting = 'comma';
      offset++;
    } else if ((expecting === 'value' || expecting === 'first-value') && (char === '{' || char === '[')) {
      open.push(char);
      expecting = char === '{' ? 'first-key' : 'first-value';
      offset++;
    } else if (expecting === 'comma' && char === ',') {
      expecting = open.at(-1) === '{' ? 'key' : 'value';
      offset++;
    } else if (expecting === 'colon' && char === ':') {
      expecting = 'value';
      offset++;
    } else {
      const end = token(text, offset, expecting);
      if (typeof end !== 'number') return end;
      expecting = afterToken(expecting);
      offset = end;
    }
  }
}

function afterToken(expecting: Expecting): Expecting {
  return expecting === 'key' || expecting === 'first-key' ? 'colon' : 'comma';
}

function closes(char: string | undefined, innermost: '{' | '[' | undefined, expecting: Expecting): boolean {
  if (char === '}') return innermost === '{' && (expecting === 'first-key' || expecting === 'comma');
  return char === ']' && innermost === '[' && (expecting === 'first-value' || expecting === 'comma');
}

/** The end of a string, number or word, or the mistake. */
function token(text: string, offset: number, expecting: Expecting): number | Found {
  const char = text[offset];
  if (char === '"' && expecting !== 'comma' && expecting !== 'colon') {
    const end = endOf(STRING_BODY, text, offset) ?? offset;
    return text[end] === '"' ? end + 1 : { offset: end, advice: stringAdvice(text[end]) };
  }
  if (expecting === 'value' || expecting === 'first-value') {
    const end = endOf(SCALAR, text, offset);
    if (end !== undefined) return end;
  }
  return { offset, advice: advice(text, offset, expecting) };
}

function stringAdvice(char: string | undefined): string {
  if (char === '\\') return 'in a string a backslash is written twice';
  return 'a string is closed with a double quote on its own line';
}

function advice(text: string, offset: number, expecting: Expecting): string {
  const char = text[offset];
  if (char === undefined) return 'the text ends too early: a bracket is not closed';
  if (text.startsWith('//', offset) || text.startsWith('/*', offset) || char === '#')
    return 'JSON has no comments';
  if (char === "'") return 'strings stand in double quotes';
  if (expecting === 'key' && char === '}') return 'no comma may stand after the last entry';
  if (expecting === 'value' && char === ']') return 'no comma may stand after the last entry';
  if (expecting === 'key' || expecting === 'first-key') return 'a key in double quotes is expected here';
  if (expecting === 'colon') return 'a colon is expected here';
  if (expecting === 'comma') return 'a comma or a closing bracket is expected here';
  return 'a value is expected here: a string in double quotes, a number, true, false, an object or a list';
}

function endOf(pattern: RegExp, text: string, offset: number): number | undefined {
  // A copy: a sticky expression remembers its place, and a module keeps no state.
  const sticky = new RegExp(pattern);
  sticky.lastIndex = offset;
  return sticky.test(text) ? sticky.lastIndex : undefined;
}

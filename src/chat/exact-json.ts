import { endOfString } from './json-text.ts';

/*
 * A double holds integers up to 2^53. Ids of many services are larger, and a tool that is called with a rounded one acts on
 * something else. Read and written here, such integers keep every digit; all other JSON is as ever.
 */

const DIGITS = Symbol('digits');
/** Before the digits where they stand in for a number: no value of anybody's begins like this, and a name that does stays one. */
const MARK = '\u0000exact:';
const WRITTEN_MARK = JSON.stringify(MARK).slice(1, -1);
const WRITTEN = new RegExp(`"${WRITTEN_MARK.replace('\\', '\\\\')}(-?\\d+)"(?!:)`, 'g');
const exact = {
  toJSON(this: { readonly [DIGITS]: string }) {
    return MARK + this[DIGITS];
  },
};

/** An integer beyond what a number can hold. */
export interface ExactInteger {
  readonly [DIGITS]: string;
}

export function isExactInteger(value: unknown): value is ExactInteger {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === exact;
}

/** The nearest number. */
export function roundedOf(value: ExactInteger): number {
  return Number(value[DIGITS]);
}

/** @throws SyntaxError as `JSON.parse` */
export function readExactJson(text: string): unknown {
  const marked = LONG.test(text) && !text.includes(WRITTEN_MARK) ? markIntegers(text) : text;
  if (marked === text) return JSON.parse(text) as unknown;
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? exactInteger(value.slice(MARK.length)) : value,
  ) as unknown;
}

/** @throws RangeError as `JSON.stringify` where it is nested too deeply */
export function writeExactJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes(WRITTEN_MARK) ? text.replaceAll(WRITTEN, '$1') : text;
}

function exactInteger(digits: string): ExactInteger {
  return Object.freeze(Object.assign(Object.create(exact) as object, { [DIGITS]: digits }));
}

/** Whatever is shorter is held by a number. */
const LONG = /\d{16}/;
/** Where a string begins, which is passed over, or a number. */
const TOKEN = /"|-?\d[\d.eE+-]*/;

function markIntegers(text: string): string {
  const pieces: string[] = [];
  let done = 0;
  const token = new RegExp(TOKEN, 'g');
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [word] = found;
    if (word === '"') {
      token.lastIndex = endOfString(text, found.index) + 1;
    } else if (/^-?[1-9]\d*$/.test(word) && !Number.isSafeInteger(Number(word))) {
      pieces.push(text.slice(done, found.index), `"${WRITTEN_MARK}${word}"`);
      done = found.index + word.length;
    }
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(done);
}

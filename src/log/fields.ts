import { RotaError } from '../failure.ts';
import { MASK, namesCredential, scrub } from './scrub.ts';

/** What a line says besides its message. Any value will do; `Secret`s print their redaction. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A value as it may be written: bounded, scrubbed, and plain JSON. */
export type PlainValue =
  null | boolean | number | string | readonly PlainValue[] | { readonly [key: string]: PlainValue };

export interface PlainOptions {
  /** Whether errors bring their stack. */
  readonly stacks: boolean;
}

const MAX_DEPTH = 4;
const MAX_ENTRIES = 50;
const MAX_CHARACTERS = 4000;

/** Makes fields fit to be written. Those that are `undefined` are left out. */
export function plainFields(fields: LogFields, options: PlainOptions): Record<string, PlainValue> {
  return plainObject(fields, options, MAX_DEPTH);
}

/** Bounds before it scrubs, so that a giant text costs no more than a long one. */
export function plainText(text: string): string {
  if (text.length <= MAX_CHARACTERS) return scrub(text);
  const more = text.length - MAX_CHARACTERS;
  return `${scrub(text.slice(0, MAX_CHARACTERS))}… (${more} more characters)`;
}

function plainValue(value: unknown, options: PlainOptions, depth: number): PlainValue {
  switch (typeof value) {
    case 'string':
      return plainText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : plainReference(value, options, depth);
    case 'function':
      return '[function]';
    case 'bigint':
    case 'symbol':
    case 'undefined':
      break;
  }
  return plainText(String(value));
}

function plainReference(value: object, options: PlainOptions, depth: number): PlainValue {
  // The depth ends circles too.
  if (depth === 0) return '[…]';
  // Bodies are not logged.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return plainError(value, options, depth);
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ENTRIES).map((item: unknown) => plainValue(item, options, depth - 1));
    return value.length > MAX_ENTRIES ? [...items, `… (${value.length - MAX_ENTRIES} more)`] : items;
  }
  try {
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const json: unknown = value.toJSON();
      return plainValue(json, options, depth - 1);
    }
    return plainObject(value, options, depth);
  } catch {
    // A getter or a toJSON that throws: a line of the log is no reason to fail.
    return '[unprintable]';
  }
}

function plainObject(value: object, options: PlainOptions, depth: number): Record<string, PlainValue> {
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .slice(0, MAX_ENTRIES)
    .map(([key, member]: [string, unknown]) => [plainText(key), plainMember(key, member, options, depth)]);
  return Object.fromEntries(entries) as Record<string, PlainValue>;
}

function plainMember(key: string, member: unknown, options: PlainOptions, depth: number): PlainValue {
  if (typeof member === 'string' && member !== '' && namesCredential(key)) return MASK;
  return plainValue(member, options, depth - 1);
}

function plainError(error: Error, options: PlainOptions, depth: number): PlainValue {
  return {
    name: plainText(error instanceof RotaError ? error.failure.kind : error.name),
    message: plainText(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: plainText(error.code) } : {}),
    ...(error.cause === undefined ? {} : { cause: plainValue(error.cause, options, depth - 1) }),
    ...(options.stacks && error.stack !== undefined ? { stack: plainText(error.stack) } : {}),
  };
}

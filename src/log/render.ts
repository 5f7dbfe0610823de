import { styleText } from 'node:util';
import type { PlainValue } from './fields.ts';
import type { LogLevel } from './level.ts';

/** One line to be, with everything in it fit to be written. */
export interface LogRecord {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, PlainValue>>;
}

/** Makes the text of one line, without its end. */
export type Render = (record: LogRecord) => string;

/**
 * Characters that a terminal or a viewer obeys instead of showing: C0 and C1 controls (C1 holds a one-byte escape
 * sequence introducer), the line separators, and the marks that reorder text.
 */
const UNSEEN = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** One JSON object, for programs: `time` (ISO 8601), `level`, `message`, and the fields beside them. */
export function renderJson({ at, level, message, fields }: LogRecord): string {
  const fixed = { time: new Date(at).toISOString(), level, message };
  const others = Object.entries(fields).map(([key, value]) => [
    Object.hasOwn(fixed, key) ? `${key}_` : key,
    value,
  ]);
  // What JSON leaves as it is can only stand inside its strings, where an escape means the same.
  return JSON.stringify({ ...fixed, ...Object.fromEntries(others) }).replace(UNSEEN, escaped);
}

/** `12:31:05 info  message  key=value`, in local time, for people. */
export function humanRender(options: { readonly colour: boolean }): Render {
  const paint = (style: Style, text: string) =>
    options.colour ? styleText(style, text, { validateStream: false }) : text;
  return ({ at, level, message, fields }) => {
    const pairs = Object.entries(fields).map(
      ([key, value]) => `${paint('dim', `${word(key)}=`)}${human(value)}`,
    );
    const head = `${paint('dim', timeOfDay(at))} ${paint(STYLES[level], level.padEnd(5))} ${visible(message)}`;
    return pairs.length === 0 ? head : `${head}  ${pairs.join(' ')}`;
  };
}

type Style = 'red' | 'yellow' | 'cyan' | 'dim';
const STYLES: Readonly<Record<LogLevel, Style>> = {
  error: 'red',
  warn: 'yellow',
  info: 'cyan',
  debug: 'dim',
};

function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function human(value: PlainValue): string {
  if (typeof value === 'string') return word(value);
  return visible(isError(value) ? JSON.stringify(errorText(value)) : JSON.stringify(value));
}

/** An error as a sentence says more at a glance than its JSON. */
function errorText(error: ErrorValue): string {
  const { name, message, code, cause, stack } = error;
  if (typeof stack === 'string') return stack;
  const because = isError(cause) ? ` (${errorText(cause)})` : '';
  return `${name}: ${message}${typeof code === 'string' ? ` [${code}]` : ''}${because}`;
}

type ErrorValue = Readonly<Record<string, PlainValue>> & { readonly name: string; readonly message: string };

function isError(value: PlainValue | undefined): value is ErrorValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'message' in value &&
    typeof value.name === 'string' &&
    typeof value.message === 'string'
  );
}

/** Bare where nothing in it could be taken for the end of the value, quoted as in JSON otherwise. */
function word(text: string): string {
  return /^[\p{L}\p{N}_.@:/%+,~[\]-]+$/u.test(text) ? text : visible(JSON.stringify(text));
}

function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

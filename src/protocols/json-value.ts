import { isExactInteger, readExactJson, roundedOf, writeExactJson } from '../chat/exact-json.ts';
import { RotaError } from '../failure.ts';
import { isNestedTooDeeply } from './json-depth.ts';

const tooDeep = 'The body is nested too deeply to be translated. Send a flatter one.';

/** Values as JSON gives them: what is not of the expected kind counts as absent. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactInteger(value);
}

export function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function recordsOf(value: unknown): readonly JsonRecord[] {
  return listOf(value).filter(isRecord);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  if (isExactInteger(value)) return roundedOf(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A number of things, such as tokens: a client may read nothing but a whole number that is not below 0. */
export function countOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined;
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** What says nothing: nothing at all, an empty text, an empty list. */
export function isBlank(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** The same without members that are undefined, so that they can be spread and written. */
export function given<Shape extends object>(
  value: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> };
}

/** @throws RotaError of kind `invalid-request` where it is no JSON object */
export function parseBody(body: string): JsonRecord {
  const value = parseJson(body);
  if (isRecord(value)) return value;
  const message = isNestedTooDeeply(body) ? tooDeep : 'The body is not a JSON object: send one JSON object.';
  throw new RotaError({ kind: 'invalid-request', message });
}

/** @returns undefined where it is not JSON, or nested so deeply that it could not be written again */
export function parseJson(text: string): unknown {
  if (isNestedTooDeeply(text)) return undefined;
  try {
    return readExactJson(text);
  } catch {
    return undefined;
  }
}

/** @throws RotaError of kind `invalid-request` where it is nested beyond what can be written */
export function writeBody(value: object): string {
  try {
    return writeExactJson(value);
  } catch (error) {
    throw new RotaError({ kind: 'invalid-request', message: tooDeep }, { cause: error });
  }
}

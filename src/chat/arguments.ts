import { isExactInteger, readExactJson } from './exact-json.ts';

/** The one property of the object that stands in for the free text of a custom tool. */
const CUSTOM_PROPERTY = 'input';

/** The schema of a function that stands in for a custom tool where a protocol has none. */
export const customSchema = {
  type: 'object',
  properties: { [CUSTOM_PROPERTY]: { type: 'string' } },
  required: [CUSTOM_PROPERTY],
  additionalProperties: false,
} as const;

/** The description of that function: the grammar can be told, not enforced. */
export function customDescription(
  description: string | undefined,
  grammar: { readonly syntax: string; readonly definition: string } | undefined,
): string | undefined {
  if (!grammar) return description;
  const told = `The input must follow this ${grammar.syntax} grammar:\n${grammar.definition}`;
  return description ? `${description}\n\n${told}` : told;
}

/** Free text as the JSON text of that function's arguments. */
export function wrapCustomInput(input: string): string {
  return JSON.stringify({ [CUSTOM_PROPERTY]: input });
}

/** The free text in such arguments; what is not of that shape stays as it is. */
export function unwrapCustomInput(argumentsText: string): string {
  const input = parseArguments(argumentsText)[CUSTOM_PROPERTY];
  return typeof input === 'string' ? input : argumentsText;
}

/**
 * Arguments as an object, for protocols that want one. Nothing means no arguments; what is no JSON object (a call that
 * was cut off) is wrapped, so that the history can still be told.
 */
export function parseArguments(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  const value = parseOrUndefined(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactInteger(value)
    ? (value as Record<string, unknown>)
    : { _raw: text };
}

/** Arguments as JSON text, for protocols that want a string. */
export function argumentsText(text: string): string {
  return text.trim() === '' ? '{}' : text;
}

/** Whether nothing more can come: a JSON object that is closed. */
export function isWholeObject(text: string): boolean {
  return /^\s*\{/.test(text) && text.trimEnd().endsWith('}') && parseOrUndefined(text) !== undefined;
}

function parseOrUndefined(text: string): unknown {
  try {
    return readExactJson(text);
  } catch {
    return undefined;
  }
}

import type { Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import { isObject, recordsIn } from './json.ts';

/**
 * generateContent as Vertex AI speaks it: what of a request it does not know it refuses by name, as the Gemini API does, but it
 * knows other members, and each turn must say whose it is.
 */
export const publisherModels: Dialect = {
  ...gemini,
  read(body, called) {
    const members = isObject(body) ? body : {};
    const problem = unknownIn(members, called.stream === undefined ? COUNTED : ASKED) ?? wrongRole(members);
    return problem === undefined ? gemini.read(body, called) : { refused: { message: problem } };
  },
};

const COUNTED = ['contents', 'systemInstruction', 'tools', 'generationConfig', 'instances'];
const ASKED = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'cachedContent',
  'labels',
];

function unknownIn(members: object, known: readonly string[]): string | undefined {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  return unknown === undefined
    ? undefined
    : `Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`;
}

function wrongRole(members: Readonly<Record<string, unknown>>): string | undefined {
  const isKnown = recordsIn(members['contents']).every(({ role }) => role === 'user' || role === 'model');
  return isKnown ? undefined : 'Unable to submit request because Please use a valid role: user, model.';
}

import { isObject, parsedArguments, type Json } from './clean.ts';

/** Numbers that a schema may also give as text (rule 7 of the fixtures' README). */
const counted = new Set(['minLength', 'maxLength', 'minItems', 'maxItems']);

/**
 * A body in the form in which requests are compared: a text alone is a list of one text, argument strings are what they
 * hold, ids of calls that had none are numbered in the order in which they come.
 */
export function normaliseRequest(body: unknown, withoutIds = false): unknown {
  const plain = JSON.stringify(normalise(body));
  if (!withoutIds) return JSON.parse(plain) as unknown;
  const ids = [...new Set(plain.match(/"(?:call|toolu)_[A-Za-z0-9]+"/g))];
  return JSON.parse(ids.reduce((text, id, nth) => text.replaceAll(id, `"#${nth}"`), plain)) as unknown;
}

function normalise(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((member) => normalise(member));
  if (!isObject(value)) return counted.has(key) ? Number(value) : value;
  const members = Object.entries(value).map(([name, member]) => [name, normaliseMember(name, member)]);
  return typed(Object.fromEntries(members) as Json);
}

function normaliseMember(name: string, member: unknown): unknown {
  if (typeof member !== 'string') return normalise(member, name);
  if (name === 'content' || name === 'output') return [{ type: 'text', text: member }];
  return name === 'arguments' ? parsedArguments(member) : normalise(member, name);
}

/** Schema types are the same in capitals; texts of a list are the same whichever way they are called. */
function typed(value: Json): Json {
  const { type } = value;
  if (typeof type !== 'string') return value;
  const isText = type === 'input_text' || type === 'output_text';
  return { ...value, type: isText ? 'text' : type.toLowerCase() };
}

export function sameSchema(one: unknown): unknown {
  return one === null || one === undefined ? null : normalise(one);
}

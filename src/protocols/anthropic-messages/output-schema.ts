import { refusal } from '../../chat/dropped.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { JsonSchema } from '../../chat/request.ts';
import { isRecord, listOf, recordOf, textOf, type JsonRecord } from '../json-value.ts';

/** Keywords that the protocol refuses in a schema for its answer: they are told in words. */
const constraints = [
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'not',
];

/** About the schema, not about what it describes. */
const leftOut: ReadonlySet<string> = new Set(['$schema', '$comment']);

const formats: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** Where schemas stand inside schemas: by name, in a list, or alone. */
const namedSchemas: ReadonlySet<string> = new Set([
  'properties',
  '$defs',
  'definitions',
  'patternProperties',
]);
const listedSchemas: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'prefixItems']);
const singleSchemas: ReadonlySet<string> = new Set(['items']);

/**
 * A schema in the part of JSON Schema that Anthropic's structured outputs take (documentation, "Structured outputs",
 * JSON Schema limitations).
 * @throws RotaError of kind `invalid-request` where it refers to itself
 */
export function outputSchema(schema: JsonSchema): JsonSchema {
  if (isRecursive(schema)) {
    throw refusal('response_format', "A schema that refers to itself cannot be carried: 'response_format'.");
  }
  return convert(schema);
}

function convert(schema: unknown): JsonRecord {
  const source = recordOf(schema);
  const out: Record<string, unknown> = {};
  const told: string[] = [];
  for (const [keyword, value] of Object.entries(source)) {
    if (leftOut.has(keyword)) continue;
    if (isToldInWords(keyword, value)) told.push(`${keyword} ${wordOf(value)}`);
    else if (keyword === 'oneOf') out['anyOf'] = listOf(value).map(convert);
    else if (keyword !== 'format' || formats.has(value)) out[keyword] = convertMember(keyword, value);
  }
  if (isObjectSchema(source)) out['additionalProperties'] = false;
  if (told.length > 0) {
    const before = textOf(source.description);
    const words = `Constraints: ${told.join(', ')}.`;
    out['description'] = before ? `${before} ${words}` : words;
  }
  return out;
}

function convertMember(keyword: string, value: unknown): unknown {
  if (namedSchemas.has(keyword)) {
    return Object.fromEntries(
      Object.entries(recordOf(value)).map(([name, schema]) => [name, convert(schema)]),
    );
  }
  if (listedSchemas.has(keyword)) return listOf(value).map(convert);
  return singleSchemas.has(keyword) && isRecord(value) ? convert(value) : value;
}

function isToldInWords(keyword: string, value: unknown): boolean {
  // One item at least is the one such limit that is taken.
  if (keyword === 'minItems' && (value === 0 || value === 1)) return false;
  return constraints.includes(keyword);
}

function isObjectSchema({ type, properties }: JsonRecord): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isRecord(properties);
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : writeExactJson(value);
}

/** Whether a definition is reached again from inside itself. */
function isRecursive(root: JsonSchema): boolean {
  const done = new Set<unknown>();
  const visit = (schema: unknown, inside: ReadonlySet<unknown>): boolean => {
    if (typeof schema !== 'object' || schema === null || done.has(schema)) return false;
    if (inside.has(schema)) return true;
    const deeper = new Set([...inside, schema]);
    const target = '$ref' in schema ? resolve(root, schema.$ref) : undefined;
    const found =
      (target !== undefined && (deeper.has(target) || visit(target, deeper))) ||
      Object.values(schema).some((member) => visit(member, deeper));
    done.add(schema);
    return found;
  };
  return visit(root, new Set());
}

/** A JSON Pointer in a fragment (RFC 6901). */
function resolve(root: JsonSchema, ref: unknown): unknown {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined;
  return ref
    .slice(1)
    .split('/')
    .filter((step) => step !== '')
    .reduce<unknown>((node, step) => recordOf(node)[step.replaceAll('~1', '/').replaceAll('~0', '~')], root);
}

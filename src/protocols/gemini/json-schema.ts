import {
  isEmptyRoot,
  isNode,
  mapProperties,
  MAX_SCHEMA_DEPTH,
  nodesOf,
  requiredOf,
  simplify,
  type SchemaNode,
} from './schema-node.ts';

/** What `parametersJsonSchema` and `responseJsonSchema` take; one word more rejects the whole request. */
const plainKeywords = new Set([
  '$id',
  '$ref',
  '$anchor',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'propertyOrdering',
]);
const listKeywords = new Set(['prefixItems', 'anyOf', 'oneOf']);

/**
 * A tool's JSON Schema in the words that Gemini's JSON Schema fields know (ai.google.dev/api/caching#Schema and the
 * field `parametersJsonSchema`). Undefined for an object without properties: the field is left out then.
 */
export function toGeminiJsonSchema(schema: unknown): SchemaNode | undefined {
  const root = clean(schema, 0);
  return isEmptyRoot(root) ? undefined : root;
}

function clean(value: unknown, depth: number): SchemaNode {
  if (!isNode(value) || depth > MAX_SCHEMA_DEPTH) return {};
  const node = simplify(value);
  const required = requiredOf(node);
  return Object.fromEntries(
    Object.entries(node).flatMap(([keyword, content]): readonly (readonly [string, unknown])[] => {
      if (keyword === 'required') return required.required ? [[keyword, required.required]] : [];
      return cleanKeyword(keyword, content, depth);
    }),
  );
}

function cleanKeyword(
  keyword: string,
  content: unknown,
  depth: number,
): readonly (readonly [string, unknown])[] {
  const deeper = (node: unknown) => clean(node, depth + 1);
  // An older name of `$defs`.
  if (keyword === 'definitions' || keyword === '$defs') return [['$defs', mapProperties(content, deeper)]];
  if (keyword === '$ref') return typeof content === 'string' ? [[keyword, newReference(content)]] : [];
  if (keyword === 'properties') return [[keyword, mapProperties(content, deeper)]];
  if (keyword === 'items') return [[keyword, deeper(content)]];
  if (keyword === 'additionalProperties') {
    return [[keyword, typeof content === 'boolean' ? content : deeper(content)]];
  }
  if (listKeywords.has(keyword)) return [[keyword, nodesOf(content).map(deeper)]];
  return plainKeywords.has(keyword) ? [[keyword, content]] : [];
}

function newReference(reference: string): string {
  return reference.replace(/^#\/definitions\//, '#/$defs/');
}

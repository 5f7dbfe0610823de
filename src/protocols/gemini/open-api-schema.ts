import { writeExactJson } from '../../chat/exact-json.ts';
import {
  isEmptyRoot,
  isNode,
  mapProperties,
  MAX_SCHEMA_DEPTH,
  nodeOf,
  nodesOf,
  requiredOf,
  simplify,
  withSentence,
  type SchemaNode,
} from './schema-node.ts';

/** What `parameters` takes: an OpenAPI subset. */
const plainKeywords = new Set([
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'enum',
  'minItems',
  'maxItems',
  'propertyOrdering',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'example',
  'default',
]);

/** More nodes than this are no tool's parameters but references that multiply: what is left becomes plain objects. */
const MAX_NODES = 20_000;

interface Walk {
  readonly root: SchemaNode;
  /** References under way from the root to here: one that comes again is recursive. */
  readonly open: readonly string[];
  readonly budget: { left: number };
}

/**
 * A tool's JSON Schema as the OpenAPI subset of Gemini's older field `parameters` (ai.google.dev/api/caching#Schema),
 * for servers that do not know the newer one. Undefined for an object without properties.
 */
export function toOpenApiSchema(schema: unknown): SchemaNode | undefined {
  const root = convert(schema, { root: nodeOf(schema), open: [], budget: { left: MAX_NODES } });
  return isEmptyRoot(root) ? undefined : root;
}

function convert(value: unknown, walk: Walk): SchemaNode {
  if (!isNode(value)) return {};
  walk.budget.left -= 1;
  const isTooMuch = walk.budget.left < 0 || walk.open.length > MAX_SCHEMA_DEPTH;
  if (isTooMuch) return { type: 'object' };
  if (typeof value.$ref === 'string') return followReference(value, value.$ref, walk);
  const deeper = { ...walk, open: [...walk.open, ''] };
  return convertPlain(withoutNumericEnum(withoutTypeLists(withAnyOf(simplify(value)))), deeper);
}

function followReference(node: SchemaNode, reference: string, walk: Walk): SchemaNode {
  const target = resolve(walk.root, reference);
  if (!target || walk.open.includes(reference)) return { type: 'object' };
  const { $ref: _, ...beside } = node;
  return convert({ ...target, ...beside }, { ...walk, open: [...walk.open, reference] });
}

function resolve(root: SchemaNode, reference: string): SchemaNode | undefined {
  if (!reference.startsWith('#/')) return undefined;
  const path = reference.slice(2).split('/');
  const found = path.reduce<unknown>((node, step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return isNode(node) && Object.hasOwn(node, name) ? node[name] : undefined;
  }, root);
  return isNode(found) ? found : undefined;
}

/** `oneOf` as `anyOf`; a tuple as a list of any of its types. */
function withAnyOf(node: SchemaNode): SchemaNode {
  const { oneOf, prefixItems, ...rest } = node;
  return {
    ...rest,
    ...(Array.isArray(oneOf) && !Array.isArray(rest.anyOf) ? { anyOf: oneOf } : {}),
    ...(Array.isArray(prefixItems) && !isNode(rest.items) ? { items: { anyOf: prefixItems } } : {}),
  };
}

/** One type and `nullable`; several types as `anyOf`. */
function withoutTypeLists(node: SchemaNode): SchemaNode {
  const branches = nodesOf(node.anyOf);
  const others = branches.filter(({ type }) => type !== 'null');
  if (branches.length > others.length) {
    const { anyOf: _, ...rest } = node;
    const [only, ...more] = others;
    const merged = only && more.length === 0 ? { ...only, ...rest } : { ...rest, anyOf: others };
    return withoutTypeLists({ ...merged, nullable: true });
  }
  if (!Array.isArray(node.type)) return node;
  const { type, ...rest } = node;
  const types = type.filter((name) => name !== 'null');
  const nullable = types.length < type.length ? { nullable: true } : {};
  if (types.length === 1) return { type: types[0], ...rest, ...nullable };
  return { ...rest, anyOf: types.map((name) => ({ type: name })), ...nullable };
}

/** An `enum` holds strings there, and nothing else. */
function withoutNumericEnum(node: SchemaNode): SchemaNode {
  if (!Array.isArray(node.enum)) return node;
  const { enum: values, ...rest } = node;
  const choices = values.filter((value) => value !== null);
  const nullable = choices.length < values.length ? { nullable: true } : {};
  if (choices.every((value) => typeof value === 'string')) {
    return { type: 'string', ...rest, enum: choices, ...nullable };
  }
  const list = choices.map((value) => writeExactJson(value)).join(', ');
  return withSentence({ ...rest, ...nullable }, `Allowed values: ${list}.`);
}

function convertPlain(node: SchemaNode, walk: Walk): SchemaNode {
  const required = requiredOf(node);
  return Object.fromEntries(
    Object.entries(node).flatMap(([keyword, content]): readonly (readonly [string, unknown])[] => {
      if (keyword === 'required') return required.required ? [[keyword, required.required]] : [];
      if (keyword === 'format' && !isKnownFormat(node)) return [];
      if (keyword === 'properties') return [[keyword, mapProperties(content, (one) => convert(one, walk))]];
      if (keyword === 'items') return [[keyword, convert(content, walk)]];
      if (keyword === 'anyOf') return [[keyword, nodesOf(content).map((one) => convert(one, walk))]];
      return plainKeywords.has(keyword) ? [[keyword, content]] : [];
    }),
  );
}

function isKnownFormat(node: SchemaNode): boolean {
  return node.type !== 'string' || node.format === 'date-time' || node.format === 'enum';
}

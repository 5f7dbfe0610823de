import { writeExactJson } from '../../chat/exact-json.ts';
import { isRecord, numberOf, type JsonRecord } from '../json-value.ts';

/** One node of a JSON Schema; what is not an object says nothing and is `{}`. */
export type SchemaNode = JsonRecord;

/** Deeper than any tool's parameters; what lies below says nothing any more, so that no schema exhausts the stack. */
export const MAX_SCHEMA_DEPTH = 64;

export function isNode(value: unknown): value is SchemaNode {
  return isRecord(value);
}

export function nodeOf(value: unknown): SchemaNode {
  return isNode(value) ? value : {};
}

/** The schemas of a list, such as `anyOf`. */
export function nodesOf(value: unknown): readonly SchemaNode[] {
  return Array.isArray(value) ? value.map(nodeOf) : [];
}

/** Each property's schema through a function. The names are the tool's own and stay, also where they read like keywords. */
export function mapProperties(value: unknown, convert: (node: unknown) => SchemaNode): SchemaNode {
  return Object.fromEntries(Object.entries(nodeOf(value)).map(([name, node]) => [name, convert(node)]));
}

/** The description with a sentence more, for what a keyword can no longer say. */
export function withSentence(node: SchemaNode, sentence: string): SchemaNode {
  const description = typeof node.description === 'string' ? `${node.description} ` : '';
  return { ...node, description: `${description}${sentence}` };
}

/**
 * The same node in fewer words: `allOf` merged into it, `const` as an `enum`, exclusive bounds as inclusive ones, a
 * list without `items` as a list of strings, a tuple's `items` as `prefixItems`.
 */
export function simplify(node: SchemaNode): SchemaNode {
  return withItems(withInclusiveBounds(withoutConst(withoutAllOf(node, 0))));
}

function withoutAllOf(node: SchemaNode, depth: number): SchemaNode {
  if (!Array.isArray(node.allOf)) return node;
  const { allOf, ...rest } = node;
  if (depth > MAX_SCHEMA_DEPTH) return rest;
  const parts = [...nodesOf(allOf).map((part) => withoutAllOf(part, depth + 1)), rest];
  return parts.reduce<SchemaNode>(mergeNodes, {});
}

function mergeNodes(left: SchemaNode, right: SchemaNode): SchemaNode {
  const properties = { ...nodeOf(left.properties), ...nodeOf(right.properties) };
  const required = [...new Set([...stringsOf(left.required), ...stringsOf(right.required)])];
  return {
    ...left,
    ...right,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
  };
}

function withoutConst(node: SchemaNode): SchemaNode {
  if (!('const' in node)) return node;
  const { const: value, ...rest } = node;
  if (typeof value === 'string') return { type: 'string', ...rest, enum: [value] };
  return withSentence(rest, `Must be ${writeExactJson(value)}.`);
}

function withInclusiveBounds(node: SchemaNode): SchemaNode {
  const { exclusiveMinimum, exclusiveMaximum, ...rest } = node;
  const isInteger = rest.type === 'integer';
  const lowest = numbersOf(exclusiveMinimum).map((bound) => above(bound, isInteger));
  const highest = numbersOf(exclusiveMaximum).map((bound) => below(bound, isInteger));
  return {
    ...rest,
    ...(lowest.length === 0 ? {} : { minimum: Math.max(...lowest, ...numbersOf(rest.minimum)) }),
    ...(highest.length === 0 ? {} : { maximum: Math.min(...highest, ...numbersOf(rest.maximum)) }),
  };
}

function above(bound: number, isInteger: boolean): number {
  return isInteger ? Math.floor(bound) + 1 : bound;
}

function below(bound: number, isInteger: boolean): number {
  return isInteger ? Math.ceil(bound) - 1 : bound;
}

function withItems(node: SchemaNode): SchemaNode {
  if (Array.isArray(node.items)) {
    const { items, ...rest } = node;
    return withItems({ ...rest, prefixItems: items });
  }
  if (node.type !== 'array' || isNode(node.items) || Array.isArray(node.prefixItems)) return node;
  return { ...node, items: { type: 'string' } };
}

/** Only names that the properties have; absent where none is left. */
export function requiredOf(node: SchemaNode): { readonly required?: readonly string[] } {
  const known = nodeOf(node.properties);
  const required = stringsOf(node.required).filter((name) => Object.hasOwn(known, name));
  return required.length === 0 ? {} : { required };
}

/** An object without properties: a function that takes nothing. */
export function isEmptyRoot(node: SchemaNode): boolean {
  const isObject = node.type === undefined || node.type === 'object';
  const hasShape = ['anyOf', 'oneOf', '$ref'].some((keyword) => node[keyword] !== undefined);
  return isObject && !hasShape && Object.keys(nodeOf(node.properties)).length === 0;
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function numbersOf(value: unknown): readonly number[] {
  const number = numberOf(value);
  return number === undefined ? [] : [number];
}

import { isRecord, listOf, recordOf, type JsonRecord } from './json-value.ts';

/** What the vendor's strict mode knows (platform.openai.com/docs/guides/structured-outputs, "Supported schemas"). */
const keywords: ReadonlySet<string> = new Set(
  [
    'type enum const anyOf $ref $defs definitions items properties required additionalProperties',
    'format pattern multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems',
    'title description $schema $id $comment',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Whether OpenAI's protocols take a schema with `strict`: every object is closed and requires all that it has. One that
 * does not conform is refused there, so it has to go without.
 */
export function conformsToStrict(schema: unknown): boolean {
  const root = recordOf(schema);
  return root.type === 'object' && root.anyOf === undefined && conforms(root);
}

function conforms(node: unknown): boolean {
  if (!isRecord(node) || Object.keys(node).some((keyword) => !keywords.has(keyword))) return false;
  return isClosed(node) && childrenOf(node).every(conforms);
}

function isClosed(node: JsonRecord): boolean {
  const isObject = listOf(node.type).includes('object') || node.type === 'object';
  if (!isObject && node.properties === undefined) return true;
  const required = new Set(listOf(node.required));
  const names = Object.keys(recordOf(node.properties));
  return node.additionalProperties === false && names.every((name) => required.has(name));
}

function childrenOf({ properties, $defs, definitions, items, anyOf }: JsonRecord): readonly unknown[] {
  return [
    ...[properties, $defs, definitions].flatMap((named) => Object.values(recordOf(named))),
    ...(items === undefined ? [] : [items]),
    ...listOf(anyOf),
  ];
}

import { isNode, mapProperties, MAX_SCHEMA_DEPTH, nodesOf, type SchemaNode } from './schema-node.ts';

/** Counts that this dialect writes as decimal strings. */
const counts = new Set(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']);

/** Gemini's OpenAPI subset (field `parameters`, `responseSchema`) as JSON Schema. */
export function fromOpenApiSchema(schema: unknown): SchemaNode {
  return convert(schema, 0);
}

function convert(value: unknown, depth: number): SchemaNode {
  if (!isNode(value) || depth > MAX_SCHEMA_DEPTH) return {};
  const deeper = (node: unknown) => convert(node, depth + 1);
  const isNullable = value.nullable === true;
  return Object.fromEntries(
    Object.entries(value).flatMap(([keyword, content]): readonly (readonly [string, unknown])[] => {
      switch (keyword) {
        case 'type':
          return [[keyword, typeOf(content, isNullable)]];
        case 'nullable':
        case 'propertyOrdering':
          return [];
        case 'format':
          return content === 'enum' ? [] : [[keyword, content]];
        case 'enum':
          return [[keyword, isNullable && Array.isArray(content) ? [...content, null] : content]];
        case 'example':
          return [['examples', [content]]];
        case 'properties':
          return [[keyword, mapProperties(content, deeper)]];
        case 'items':
          return [[keyword, deeper(content)]];
        case 'anyOf':
          return [[keyword, branchesOf(content, isNullable && value.type === undefined).map(deeper)]];
        default:
          return [[keyword, counts.has(keyword) ? numberOf(content) : content]];
      }
    }),
  );
}

function typeOf(content: unknown, isNullable: boolean): unknown {
  const type = typeof content === 'string' ? content.toLowerCase() : content;
  return isNullable && typeof type === 'string' && type !== 'null' ? [type, 'null'] : type;
}

function branchesOf(content: unknown, isNullable: boolean): readonly SchemaNode[] {
  return isNullable ? [...nodesOf(content), { type: 'null' }] : nodesOf(content);
}

function numberOf(content: unknown): unknown {
  return typeof content === 'string' && /^\d+$/.test(content) ? Number(content) : content;
}

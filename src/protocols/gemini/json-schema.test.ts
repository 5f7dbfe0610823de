import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromOpenApiSchema } from './from-open-api.ts';
import { parseBody } from '../json-value.ts';
import { toGeminiJsonSchema } from './json-schema.ts';
import { toOpenApiSchema } from './open-api-schema.ts';

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

describe('a JSON Schema for Gemini', () => {
  it.each([
    [
      'no keyword that is not known',
      object({ a: { type: 'string', minLength: 2, pattern: 'x', default: 'z' } }),
      object({ a: { type: 'string' } }),
    ],
    [
      'a constant as the only choice',
      object({ a: { const: 'on' } }),
      object({ a: { type: 'string', enum: ['on'] } }),
    ],
    [
      'another constant in words',
      object({ a: { const: 3, description: 'How many.' } }),
      object({ a: { description: 'How many. Must be 3.' } }),
    ],
    [
      'whole numbers above a bound',
      object({ a: { type: 'integer', exclusiveMinimum: 0, minimum: -2 } }),
      object({ a: { type: 'integer', minimum: 1 } }),
    ],
    [
      'other numbers above a bound',
      object({ a: { type: 'number', exclusiveMaximum: 2 } }),
      object({ a: { type: 'number', maximum: 2 } }),
    ],
    [
      'a bound that no number can hold, as near as one can',
      parseBody('{"type":"object","properties":{"a":{"exclusiveMaximum":9223372036854775807}}}'),
      object({ a: { maximum: 2 ** 63 } }),
    ],
    [
      'a list of something',
      object({ a: { type: 'array' } }),
      object({ a: { type: 'array', items: { type: 'string' } } }),
    ],
    [
      'an old tuple',
      object({ a: { type: 'array', items: [{ type: 'number' }] } }),
      object({ a: { type: 'array', prefixItems: [{ type: 'number' }] } }),
    ],
    [
      'old definitions',
      object({ a: { $ref: '#/definitions/p' } }, { definitions: { p: { type: 'string', minLength: 1 } } }),
      object({ a: { $ref: '#/$defs/p' } }, { $defs: { p: { type: 'string' } } }),
    ],
    [
      'only required names that exist',
      object({ a: {} }, { required: ['a', 'ghost'] }),
      object({ a: {} }, { required: ['a'] }),
    ],
    [
      'schemas of other members',
      object({ a: {} }, { additionalProperties: { type: 'string', pattern: 'x' } }),
      object({ a: {} }, { additionalProperties: { type: 'string' } }),
    ],
    [
      'several schemas as one',
      { allOf: [object({ a: {} }, { required: ['a'] }), { allOf: [object({ b: {} })] }] },
      object({ a: {}, b: {} }, { required: ['a'] }),
    ],
  ])('has %s', (_, schema, expected) => {
    expect(toGeminiJsonSchema(schema)).toEqual(expected);
  });

  it.each([{}, { type: 'object' }, { type: 'object', properties: {} }, undefined, null, 'x', []])(
    'is left out for a function that takes nothing: %j',
    (schema) => {
      expect(toGeminiJsonSchema(schema)).toBeUndefined();
      expect(toOpenApiSchema(schema)).toBeUndefined();
    },
  );

  it('spares properties that are named like keywords', () => {
    const names = [
      'const',
      'default',
      'pattern',
      'allOf',
      'not',
      '$ref',
      'properties',
      'required',
      'format',
      'items',
    ];
    const properties = Object.fromEntries(
      [...names, '__proto__', 'constructor'].map((name) => [name, { type: 'string' }]),
    );
    const schema = object(properties, { required: ['const', 'constructor'] });
    expect(toGeminiJsonSchema(schema)).toEqual(schema);
    expect(toOpenApiSchema(schema)).toEqual(schema);
    expect(fromOpenApiSchema(schema)).toEqual(schema);
  });

  it('takes the names of inherited members for required ones only where they are properties', () => {
    expect(toGeminiJsonSchema(object({ a: {} }, { required: ['toString'] }))).toEqual(object({ a: {} }));
  });

  it('is done after one pass, whatever the schema', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const once = toGeminiJsonSchema(schema);
        expect(toGeminiJsonSchema(once)).toEqual(once);
      }),
    );
  });

  it('survives any JSON at all', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        toGeminiJsonSchema(value);
        toOpenApiSchema(value);
        fromOpenApiSchema(value);
      }),
    );
  });

  it('survives depth and references that multiply', () => {
    const deep = Array.from({ length: 20_000 }).reduce<object>(
      (inner) => ({ type: 'array', items: inner }),
      {},
    );
    expect(toGeminiJsonSchema(deep)).toBeDefined();
    expect(toOpenApiSchema(deep)).toBeDefined();
    const names = Array.from({ length: 40 }, (_, level) => `#/$defs/d${level}`);
    const definitions = names.map((_, level) => {
      const next = { $ref: names[level + 1] ?? '#/$defs/none' };
      return [`d${level}`, object({ a: next, b: next })];
    });
    const schema = object({ a: { $ref: names[0] } }, { $defs: Object.fromEntries(definitions) as object });
    expect(toOpenApiSchema(schema)).toBeDefined();
  });
});

describe("a schema for Gemini's older field", () => {
  it.each([
    ['one type and a mark for null', { type: ['string', 'null'] }, { type: 'string', nullable: true }],
    [
      'a choice of types',
      { type: ['string', 'integer'] },
      { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    ],
    [
      'null among choices',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      { type: 'string', nullable: true },
    ],
    ['null among strings', { enum: ['a', null] }, { type: 'string', enum: ['a'], nullable: true }],
    [
      'numbers to choose from in words',
      { type: 'integer', enum: [1, 2] },
      { type: 'integer', description: 'Allowed values: 1, 2.' },
    ],
    [
      'a tuple as a list',
      { type: 'array', prefixItems: [{ type: 'string' }] },
      { type: 'array', items: { anyOf: [{ type: 'string' }] } },
    ],
    ['no format of strings but date-time', { type: 'string', format: 'uri' }, { type: 'string' }],
    ['formats of numbers', { type: 'integer', format: 'int64' }, { type: 'integer', format: 'int64' }],
    ['an unknown reference as an object', { $ref: 'other.json' }, { type: 'object' }],
  ])('has %s', (_, property, expected) => {
    expect(toOpenApiSchema(object({ a: property }))).toEqual(object({ a: expected }));
  });

  it('comes back as JSON Schema', () => {
    const schema = {
      type: 'OBJECT',
      properties: {
        unit: { type: 'STRING', enum: ['C'], nullable: true, format: 'enum' },
        size: { type: 'ARRAY', items: { type: 'NUMBER' }, minItems: '1', example: [2] },
        any: { anyOf: [{ type: 'STRING' }], nullable: true },
      },
      propertyOrdering: ['unit', 'size'],
    };
    expect(fromOpenApiSchema(schema)).toEqual(
      object({
        unit: { type: ['string', 'null'], enum: ['C', null] },
        size: { type: 'array', items: { type: 'number' }, minItems: 1, examples: [[2]] },
        any: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      }),
    );
  });
});

const keywords = [
  'type',
  'properties',
  'items',
  'allOf',
  'anyOf',
  'oneOf',
  'const',
  'enum',
  'required',
  '$defs',
  'minimum',
  'exclusiveMinimum',
  'description',
  'definitions',
  'additionalProperties',
  'format',
];
const { schema: anySchema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    fc.constant({}),
    fc.record({ type: fc.constantFrom('object', 'string', 'integer', 'array', 'null') }),
    fc.dictionary(
      fc.constantFrom(...keywords),
      fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 3 }), fc.jsonValue({ maxDepth: 1 })),
    ),
  ),
}));

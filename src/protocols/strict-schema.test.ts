import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conformsToStrict } from './strict-schema.ts';

const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const text = { type: 'string' };

describe('a schema in strict mode', () => {
  it.each([
    ['a closed object', closed({ a: text })],
    ['an empty closed object', closed({})],
    [
      'objects in lists, choices and definitions',
      closed(
        {
          a: { type: 'array', items: closed({}) },
          b: { anyOf: [text, { type: 'null' }] },
          c: { $ref: '#/$defs/d' },
        },
        { $defs: { d: closed({ e: text }) } },
      ),
    ],
    ['properties named like keywords', closed({ oneOf: text, default: text })],
  ])('is taken: %s', (_, schema) => {
    expect(conformsToStrict(schema)).toBe(true);
  });

  it.each([
    ['an open object', closed({ a: text }, { additionalProperties: undefined })],
    ['a member that may be missing', closed({ a: text }, { required: [] })],
    ['a keyword that is not known', closed({ a: { ...text, default: 'x' } })],
    ['a choice at the root', closed({}, { anyOf: [] })],
    ['a root that is no object', { type: 'array', items: text }],
    ['an open object in a list', closed({ a: { type: 'array', items: { type: 'object' } } })],
    ['an open object in a definition', closed({}, { $defs: { d: { type: ['object', 'null'] } } })],
    ['nothing', undefined],
  ])('is not taken: %s', (_, schema) => {
    expect(conformsToStrict(schema)).toBe(false);
  });

  it('is judged, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (schema) => typeof conformsToStrict(schema) === 'boolean'));
  });
});

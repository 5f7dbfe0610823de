import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

const models = ['gpt-5.6', 'gpt-5.6-mini', 'gpt-4o', 'claude-sonnet-5', 'claude-opus-5', 'o3'];

describe('the nearest names', () => {
  it.each<[string, string, readonly string[]]>([
    ['the name itself', 'gpt-4o', ['gpt-4o']],
    ['another case', 'GPT-4O', ['gpt-4o']],
    ['a letter missing', 'claude-sonet-5', ['claude-sonnet-5', 'claude-opus-5']],
    ['two letters swapped', 'claude-oups-5', ['claude-opus-5', 'claude-sonnet-5']],
    ['a beginning', 'claude', ['claude-sonnet-5', 'claude-opus-5']],
    ['an end', 'mini', ['gpt-5.6-mini']],
    ['nothing of the kind', 'llama-99-turbo', []],
    ['an empty name', '', []],
  ])('%s', (_, name, expected) => {
    expect(nearest(name, models)).toEqual(expected);
  });

  it('a name with one slip is found, and no more are named than asked for', () => {
    const rule = fc.property(
      fc.constantFrom(...models),
      fc.nat(),
      fc.integer({ min: 1, max: 3 }),
      (model, place, most) => {
        const at = place % model.length;
        const found = nearest(model.slice(0, at) + model.slice(at + 1), models, most);
        expect(found.length).toBeLessThanOrEqual(most);
        expect(nearest(model.slice(0, at) + model.slice(at + 1), models, models.length)).toContain(model);
      },
    );
    fc.assert(rule);
  });

  it('takes any name', () => {
    const rule = fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (name) => {
      expect(nearest(name, models).every((one) => models.includes(one))).toBe(true);
    });
    fc.assert(rule);
  });
});

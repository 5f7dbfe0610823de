import { expect, it } from 'vitest';
import { conformsToStrict } from '../../src/protocols/strict-schema.ts';
import { objectOf } from './clean.ts';
import { schemaTable } from './fixtures.ts';

const rows = schemaTable.flatMap(({ cases }) => cases);

it.each(rows)('a schema as strict mode takes it: $name', (row) => {
  expect(conformsToStrict(row.in)).toBe(objectOf(row).openai_strict);
});

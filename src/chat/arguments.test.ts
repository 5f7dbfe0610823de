import { expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { writeExactJson } from './exact-json.ts';

it.each([
  ['nothing', ' ', '{}'],
  ['an object', '{"id":1234567890123456789}', '{"id":1234567890123456789}'],
  ['what was cut off', '{"a', String.raw`{"_raw":"{\"a"}`],
  ['a list', '[1]', '{"_raw":"[1]"}'],
  ['a number', '7', '{"_raw":"7"}'],
  ['an integer that no number can hold', '1234567890123456789', '{"_raw":"1234567890123456789"}'],
])('arguments are an object, whatever a model wrote: %s', (_, text, written) => {
  expect(writeExactJson(parseArguments(text))).toBe(written);
});

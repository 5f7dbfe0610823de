import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeElementAligner, readElements } from './elements.ts';

const element = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
const gap = fc.constantFrom('', ' ', '\n', '\r\n');

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, at) => bytes.subarray(from, sorted[at] ?? bytes.length));
}

describe('a JSON array that comes bit by bit', () => {
  it('is cut behind elements only, changes in no byte, and keeps its last bracket back', () => {
    const rule = fc.property(
      fc.array(element, { minLength: 1, maxLength: 5 }),
      gap,
      fc.array(fc.nat({ max: 5000 }), { maxLength: 12 }),
      (elements, space, places) => {
        const whole = Buffer.from(
          `[${space}${elements.map((one) => JSON.stringify(one)).join(`${space},${space}`)}${space}]${space}`,
        );
        const aligner = makeElementAligner();
        const pieces = cut(whole, places).flatMap((chunk) => aligner.push(chunk) ?? []);
        expect(Buffer.concat([...pieces, aligner.remainder()])).toEqual(whole);
        expect(aligner.remainder().toString().trim()).toBe(']');
        for (const piece of pieces) expect(piece.at(-1)).toBe('}'.charCodeAt(0));
        const read = pieces.flatMap(readElements).map((text) => JSON.parse(text) as unknown);
        expect(read).toEqual(JSON.parse(whole.toString()));
      },
    );
    fc.assert(rule);
  });

  it('takes a lone object for an element', () => {
    const aligner = makeElementAligner();
    const piece = aligner.push(Buffer.from('{"error":{"code":[429]}}\n'));
    expect(piece && readElements(piece)).toEqual(['{"error":{"code":[429]}}']);
  });

  it('hands an element on in pieces that is too long to be held', () => {
    const aligner = makeElementAligner(10);
    expect(aligner.push(Buffer.from('[{"a":"0123456789'))?.toString()).toBe('[{"a":"0123456789');
    expect(aligner.push(Buffer.from('"}'))?.toString()).toBe('"}');
    expect(aligner.push(Buffer.from(']'))).toBeUndefined();
  });

  it('keeps an element that is not whole', () => {
    const aligner = makeElementAligner();
    expect(aligner.push(Buffer.from('[{"a":"}]"},{"b'))?.toString()).toBe('[{"a":"}]"}');
    expect(aligner.remainder().toString()).toBe(',{"b');
  });
});

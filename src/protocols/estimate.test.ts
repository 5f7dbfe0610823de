import { describe, expect, it } from 'vitest';
import { estimateTokens } from './estimate.ts';

const of = (value: unknown): number => estimateTokens(Buffer.from(JSON.stringify(value)));

describe('an estimate of tokens', () => {
  it('grows with the text, a token for about four bytes', () => {
    expect(of({ text: 'x'.repeat(400) }) - of({ text: '' })).toBe(100);
    expect(of({ text: 'é'.repeat(400) }) - of({ text: '' })).toBe(200);
  });

  it('takes a picture for a picture, however many bytes it has', () => {
    const picture = (bytes: number) => ({ data: Buffer.alloc(bytes, 7).toString('base64') });
    expect(of(picture(1_000_000))).toBe(of(picture(100_000)));
    expect(of([picture(50_000), picture(50_000)])).toBeLessThan(2 * 1600 + 20);
    expect(of({ url: `data:image/png;base64,${picture(50_000).data}` })).toBeLessThan(1700);
  });

  it('is never nothing', () => {
    expect(estimateTokens(Buffer.alloc(0))).toBe(1);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWholeEvent, makeFrameAligner, readData } from './frames.ts';

const lineEnds = ['\n', '\r\n', '\r'];
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom(' ', ':', 'data', '{', '"'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});
const lines = fc
  .tuple(fc.constantFrom('data: ', 'data:', 'data', 'event: ', 'id:', ': ', 'other'), texts)
  .map(([field, text]) => field + text.replace(/[\r\n\uFEFF]/g, ''));
const events = fc.array(lines, { minLength: 1, maxLength: 4 });

/** A stream in one kind of line end, or in all of them mixed; perhaps without an end. */
const streams = fc
  .tuple(
    fc.array(events, { maxLength: 6 }),
    fc.constantFrom(...lineEnds),
    fc.array(fc.constantFrom(...lineEnds), { maxLength: 40 }),
    fc.boolean(),
    texts,
  )
  .map(([list, end, ends, isMixed, rest]) => {
    let at = 0;
    const next = () => (isMixed ? (ends[(at += 1) % (ends.length || 1)] ?? end) : end);
    const whole = list.map((event) => event.map((line) => line + next()).join('') + next()).join('');
    return Buffer.from(whole + rest.replace(/[\r\n\uFEFF]/g, ''));
  });
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

function pieces(stream: Buffer, at: readonly number[]): readonly Buffer[] {
  const places = [0, ...[...at].sort((one, other) => one - other), stream.length];
  return places.slice(1).map((end, index) => stream.subarray(Math.min(places[index] ?? 0, end), end));
}

function aligned(
  chunks: readonly Buffer[],
  maxFrameBytes?: number,
): { readonly frames: readonly Buffer[]; readonly remainder: Buffer } {
  const aligner = makeFrameAligner(maxFrameBytes);
  const frames = chunks.flatMap((chunk) => aligner.push(chunk) ?? []);
  return { frames, remainder: aligner.remainder() };
}

const bytewise = (stream: Buffer) => Array.from(stream, (byte) => Buffer.from([byte]));
const endsAnEvent = /(?:^|\r\n|\n|\r)(?:\r\n|\n|\r)$/;

describe('the aligner', () => {
  it('changes no byte, and cuts only where an event ends', () => {
    const rule = fc.property(streams, cuts, fc.boolean(), (stream, at, isBytewise) => {
      const { frames, remainder } = aligned(isBytewise ? bytewise(stream) : pieces(stream, at));
      expect(Buffer.concat([...frames, remainder])).toEqual(stream);
      for (const frame of frames) expect(frame.toString('latin1')).toMatch(endsAnEvent);
    });
    fc.assert(rule, { numRuns: 1000 });
  });

  it('gives the same events whatever the cuts', () => {
    const rule = fc.property(streams, cuts, (stream, at) => {
      const whole = readData(stream);
      for (const chunks of [pieces(stream, at), bytewise(stream)]) {
        const { frames, remainder } = aligned(chunks);
        expect([...frames, remainder].flatMap((frame) => [...readData(frame)])).toEqual(whole);
      }
    });
    fc.assert(rule, { numRuns: 1000 });
  });

  it.each(lineEnds)('hands on an event as soon as it is whole (%j)', (end) => {
    const event = `data: a${end}${end}`;
    const aligner = makeFrameAligner();
    expect(aligner.push(Buffer.from(`${event}data`))?.toString()).toBe(event);
    expect(aligner.push(Buffer.from(`: b${end}`))).toBeUndefined();
    expect(aligner.push(Buffer.from(end))?.toString()).toBe(`data: b${end}${end}`);
    expect(aligner.remainder()).toHaveLength(0);
  });

  it.each(lineEnds)('and no later where it comes byte by byte (%j)', (end) => {
    const event = `data: a${end}data: b${end}${end}`;
    expect(aligned(bytewise(Buffer.from(event + event))).frames.map(String)).toEqual([event, event]);
  });

  it('nothing is kept twice, and nothing comes of nothing', () => {
    const aligner = makeFrameAligner();
    expect(aligner.push(Buffer.alloc(0))).toBeUndefined();
    expect(aligner.push(Buffer.from('data: a\n\n'))?.toString()).toBe('data: a\n\n');
    expect(aligner.push(Buffer.from('\ndata: b'))).toBeUndefined();
    expect(aligner.remainder().toString()).toBe('\ndata: b');
  });

  it('holds no more than its bound, and finds the next event after it', () => {
    const rule = fc.property(streams, cuts, fc.integer({ min: 1, max: 40 }), (stream, at, most) => {
      const aligner = makeFrameAligner(most);
      const out: Buffer[] = [];
      const longest = Math.max(...pieces(stream, at).map(({ length }) => length));
      for (const chunk of pieces(stream, at)) {
        const frames = aligner.push(chunk);
        if (frames) out.push(frames);
        expect(aligner.remainder().length).toBeLessThanOrEqual(most + longest);
      }
      expect(Buffer.concat([...out, aligner.remainder()])).toEqual(stream);
    });
    fc.assert(rule, { numRuns: 500 });
  });

  it('keeps on seeing boundaries after an event that was too long, also one that it cut through', () => {
    const { frames } = aligned(
      ['data: 123456\n', '\n', 'data: b\n', '\n'].map((text) => Buffer.from(text)),
      10,
    );
    expect(frames.map(String)).toEqual(['data: 123456\n', '\n', 'data: b\n\n']);
  });

  it('takes a long stream byte by byte, with boundaries and without', () => {
    for (const text of [
      'x'.repeat(300_000),
      'data: x\n\n'.repeat(30_000),
      '\r'.repeat(300_000),
      '\n\r'.repeat(150_000),
    ]) {
      const stream = Buffer.from(text);
      const { frames, remainder } = aligned(bytewise(stream));
      expect(Buffer.concat([...frames, remainder]).equals(stream)).toBe(true);
    }
  });
});

describe('readData', () => {
  it.each<[string, string, readonly string[]]>([
    ['one event', 'data: a\n\n', ['a']],
    ['one space is the field’s, a second the value’s', 'data:  a\n\n', [' a']],
    ['several lines are one value', 'data: a\ndata: b\n\n', ['a\nb']],
    ['other fields and comments are passed over', ': hi\nevent: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['an event without data is none', 'event: ping\n\n: keep-alive\n\n', []],
    ['an empty value', 'data\n\ndata:\n\n', ['', '']],
    ['a field that only begins so', 'database: a\ndata-x: b\n\n', []],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['the line ends of all systems', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', ['a', 'b', 'c']],
    ['what was not ended is read, too', 'data: a\n\ndata: b', ['a', 'b']],
  ])('%s', (_, text, expected) => {
    expect(readData(Buffer.from(text))).toEqual(expected);
  });
});

describe('an event without its blank line', () => {
  it.each([
    ['nothing', '', true],
    ['all of its data', 'event: x\ndata: {"a":"}"}', true],
    ['all of it and a line end', 'data: {"a":1}\n', true],
    ['a word', 'data: [DONE]', true],
    ['a comment', ': wait', true],
    ['half of its data', 'data: {"type":"response.completed","a":', false],
    ['a text that is not over', 'data: {"a":"}', false],
    ['a whole one and half of another', 'data: {"a":1}\n\ndata: {"b', false],
  ])('%s', (_, text, expected) => {
    expect(isWholeEvent(Buffer.from(text))).toBe(expected);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elements, isArray, scanObject, type Span } from './scan.ts';

const REQUIRED = ['model', 'messages'];

function valueAt(body: Buffer, { start, end }: Span): unknown {
  return JSON.parse(body.toString('utf8', start, end));
}

function membersOf(text: string, required = REQUIRED): ReadonlyMap<string, Span> | undefined {
  const scan = scanObject(Buffer.from(text), required);
  return scan.kind === 'members' ? scan.members : undefined;
}

/** The simple members that the scan finds, parsed. */
function simple(text: string, required = REQUIRED): Record<string, unknown> {
  const found = [...(membersOf(text, required) ?? [])].filter(([, { end }]) => end !== undefined);
  return Object.fromEntries(found.map(([name, span]) => [name, valueAt(Buffer.from(text), span)]));
}

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });
const strings = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('\\', '"', '{', '}', '[', ']', ',', ':', ' ', 'é', '😀', '\n', 'a'),
    maxLength: 12,
  }),
);
const literals = fc.constantFrom('true', 'false', 'null', '0', '-0', '1e-7', '1E+9', '-12.5e3', '123456789');

/** Any of the ways to write a string: with escapes for what needs none, too. */
function written(text: string): fc.Arbitrary<string> {
  const plain = fc.constant(JSON.stringify(text));
  const units = Array.from({ length: text.length }, (_, at) =>
    text.charCodeAt(at).toString(16).padStart(4, '0'),
  );
  return fc.oneof(plain, fc.constant(`"${units.map((unit) => `\\u${unit}`).join('')}"`));
}

const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof({ depthSize: 'small' }, literals, strings.chain(written), tie('list'), tie('object')),
  list: fc
    .tuple(space, fc.array(tie('json'), { maxLength: 4 }))
    .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(strings.chain(written), tie('json')), { maxLength: 4 }))
    .map(
      ([gap, pairs]) =>
        `{${pairs.map(([key, value]) => `${gap}${key}${gap}:${gap}${value}`).join(',')}${gap}}`,
    ),
}));
const simpleJson = fc.oneof(literals, strings.chain(written));
const names = fc.constantFrom(
  'model',
  'messages',
  'stream',
  'prompt_cache_key',
  'temperature',
  'tools',
  '__proto__',
  '',
);
const members = (value: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(fc.oneof(names, strings).chain(written), value), { maxLength: 6 });

function bodyOf(gap: string, pairs: readonly (readonly [string, string])[]): string {
  return `${gap}{${pairs.map(([key, value]) => `${gap}${key}${gap}:${gap}${value}${gap}`).join(',')}}${gap}`;
}

describe('scanObject', () => {
  it('finds every simple member of the head and the tail as JSON.parse does, names that come twice included', () => {
    const large = fc.tuple(
      fc.constantFrom('"messages"', '"tools"', '"m\\u0065ssages"'),
      fc.array(json, { maxLength: 3 }).map((items) => `[${items.join()}]`),
    );
    const rule = fc.property(
      space,
      members(simpleJson),
      fc.option(large),
      members(simpleJson),
      (gap, head, middle, tail) => {
        const body = bodyOf(gap, [...head, ...(middle ? [middle] : []), ...tail]);
        const parsed = new Map(Object.entries(JSON.parse(body) as object));
        const found = membersOf(body);
        expect([...(found?.keys() ?? [])].sort()).toEqual([...parsed.keys()].sort());
        for (const [name, span] of found ?? []) {
          if (span.end === undefined)
            expect(isArray(Buffer.from(body), span)).toBe(Array.isArray(parsed.get(name)));
          else expect(valueAt(Buffer.from(body), span)).toEqual(parsed.get(name));
        }
      },
    );
    fc.assert(rule, { numRuns: 1000 });
  });

  it('finds what is required wherever it stands, and tells nothing wrong of the rest', () => {
    const rule = fc.property(
      space,
      fc.uniqueArray(fc.tuple(fc.oneof(names, strings), json), { selector: ([name]) => name, maxLength: 9 }),
      (gap, pairs) => {
        const body = bodyOf(
          gap,
          pairs.map(([name, value]) => [JSON.stringify(name), value]),
        );
        const parsed = new Map(Object.entries(JSON.parse(body) as object));
        const found = membersOf(body) ?? new Map<string, Span>();
        for (const name of REQUIRED) expect(found.has(name)).toBe(parsed.has(name));
        for (const [name, span] of found) {
          if (span.end !== undefined) expect(valueAt(Buffer.from(body), span)).toEqual(parsed.get(name));
          else expect(typeof parsed.get(name)).toBe('object');
        }
        const isComplete = REQUIRED.every((name) => parsed.has(name));
        if (!isComplete) expect(found.size).toBe(parsed.size);
      },
    );
    fc.assert(rule, { numRuns: 1000 });
  });

  it.each<[string, string, Record<string, unknown>]>([
    [
      'the tail wins over the head',
      '{"stream":true,"model":"a","messages":[1],"stream":false}',
      { stream: false, model: 'a' },
    ],
    [
      'the tail wins over what stands between',
      '{"tools":[1],"model":"between","messages":[2],"model":"tail"}',
      { model: 'tail' },
    ],
    [
      'a simple value that follows a large one of the same name',
      '{"model":"a","messages":[1],"messages":2}',
      { model: 'a', messages: 2 },
    ],
    [
      'a string that looks like the end',
      '{"model":"a","messages":[1],"user":"}],\\"stream\\":true}"}',
      { model: 'a', user: '}],"stream":true}' },
    ],
    [
      'strings that end in backslashes',
      '{"user":"\\\\","model":"a\\\\\\"","messages":[1],"note":"\\\\\\\\"}',
      { user: '\\', model: 'a\\"', note: '\\\\' },
    ],
    [
      'small lists and objects are walked round in the tail, large ones are its end',
      `{"model":"a","messages":[1],"hidden":1,"tools":[${'[1],'.repeat(2000)}2],"n":1,"o":{"p":["}]",{"q":"\\"}]},"l":[],"s":true}`,
      { model: 'a', n: 1, s: true },
    ],
    ['a name with escapes', '{"m\\u006fdel":"a","messages":[1]}', { model: 'a' }],
    [
      'nested names are not members',
      '{"metadata":{"model":"x","stream":true},"model":"a","messages":[{"model":"y"}]}',
      { model: 'a' },
    ],
  ])('%s', (_, body, expected) => {
    expect(simple(body)).toEqual(expected);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'a JSON object'],
    ['only space', ' \n', 'a JSON object'],
    ['a list', '[{"model":"a"}]', 'a JSON object'],
    ['a string', '"model"', 'a JSON object'],
    ['a form', 'model=a&stream=true', 'a JSON object'],
    ['a byte order mark', '\uFEFF{"model":"a"}', 'a JSON object'],
    ['only a brace', '{', 'a member name in double quotes'],
    ['a name without quotes', '{model:"a"}', 'a member name in double quotes'],
    ['a comma too many', '{"a":1,}', 'a member name in double quotes'],
    ['an endless name', '{"model', 'the end of a string'],
    ['no colon', '{"model" "a"}', 'a colon after the member name'],
    ['no value', '{"model":}', 'a value'],
    ['an endless value', '{"model":"a', 'the end of a string'],
    ['no comma', '{"model":"a" "b":1}', 'a comma or the end of the object'],
    ['cut within the messages', '{"model":"a","messages":[{"role":"user"', 'the end of the JSON object'],
    ['cut after the messages', '{"model":"a","messages":[{"role":"user"}]', 'the end of the JSON object'],
    ['cut in the middle of an object', '{"messages":[{"role":"user"}', 'the end of the JSON object'],
  ])('%s is malformed', (_, body, expected) => {
    expect(scanObject(Buffer.from(body), REQUIRED)).toMatchObject({ kind: 'malformed', expected });
  });

  it('takes any bytes without throwing, and every span lies within them', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .string({
          unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' '),
          maxLength: 60,
        })
        .map((text) => Buffer.from(`{"a":[${text}`)),
      fc
        .string({
          unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' '),
          maxLength: 60,
        })
        .map((text) => Buffer.from(`{"a":[${text}}`)),
    );
    const rule = fc.property(noise, fc.constantFrom([], REQUIRED), (body, required) => {
      const scan = scanObject(body, required);
      if (scan.kind === 'malformed') return;
      for (const { start, end = start } of scan.members.values()) {
        expect(start).toBeGreaterThan(0);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(body.length);
      }
    });
    fc.assert(rule, { numRuns: 3000 });
  });
});

describe('hostile bodies of a megabyte', () => {
  const MANY = 1_000_000;
  const many = (text: string) => text.repeat(Math.floor(MANY / text.length));
  it.each<[string, string]>([
    ['backslashes', `{"a":"${many('\\')}`],
    ['backslashes in a tail', `{"a":[],"b":"${many('\\\\')}"}`],
    ['escaped quotes', `{"a":"${many('\\"')}"}`],
    ['escaped quotes in a tail', `{"a":[],"b":"${many('\\"')}"}`],
    ['escaped quotes before the end', `{"a":[${many('\\"')}}`],
    ['quotes', `{"a":${many('"')}}`],
    ['quotes in a tail', `{"a":[],${many('"')}}`],
    ['members in a head', `{${many('"a":1,')}"b":2}`],
    ['members in a tail', `{"a":[]${many(',"b":1')}}`],
    ['large members', `{${many('"a":[],')}"b":2}`],
    ['open brackets', `{"a":${many('[')}}`],
    ['closed brackets', `{"a":[${many(']')}}`],
    ['deep nesting', `{"a":${'['.repeat(MANY)}${']'.repeat(MANY)},"model":"m"}`],
    ['deep objects', `{"a":${'{"a":'.repeat(MANY / 5)}1${'}'.repeat(MANY / 5)},"model":"m"}`],
    ['space', `{"a":[]${many(' ')}}`],
    ['digits', `{"a":[],"b":${many('1')}}`],
    ['colons', `{"a":[],${many(':')}}`],
  ])('%s', (_, text) => {
    const body = Buffer.from(text);
    expect(['members', 'malformed']).toContain(scanObject(body, REQUIRED).kind);
    expect([...elements(body, { start: 5 })].length).toBeLessThanOrEqual(body.length);
  });
});

describe('elements', () => {
  it('are those of JSON.parse', () => {
    const rule = fc.property(space, fc.array(json, { maxLength: 6 }), (gap, items) => {
      const body = Buffer.from(`[${gap}${items.map((item) => `${gap}${item}${gap}`).join(',')}]`);
      const found = [...elements(body, { start: 0 })].map((span) => valueAt(body, span));
      expect(found).toEqual(JSON.parse(body.toString()));
    });
    fc.assert(rule);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RotaError, type Failure } from '../../failure.ts';
import { opening, peek, withModel } from './request.ts';

const hello = '"messages":[{"role":"user","content":"hello"}]';

function failureOf(body: string): Failure | undefined {
  try {
    peek(Buffer.from(body));
    return undefined;
  } catch (error) {
    return error instanceof RotaError ? error.failure : undefined;
  }
}

function seen(body: string): unknown {
  const { model, stream, session } = peek(Buffer.from(body));
  return {
    ...(model ? { model: model.name } : {}),
    ...(stream === undefined ? {} : { stream }),
    ...(session === undefined ? {} : { session }),
  };
}

function renamed(body: string, model: string): string {
  const bytes = Buffer.from(body);
  return withModel(bytes, peek(bytes), model).toString();
}

describe('peek', () => {
  it.each<[string, string, unknown]>([
    ['what a client sends', `{"model":"gpt-5.6",${hello},"stream":true}`, { model: 'gpt-5.6', stream: true }],
    ['stream first, model last', `{"stream":false,${hello},"model":"m"}`, { model: 'm', stream: false }],
    [
      'tools between',
      `{${hello},"tools":[{"model":"x"}],"model":"m","stream":true}`,
      { model: 'm', stream: true },
    ],
    [
      'a key for the prompt cache',
      `{"model":"m","prompt_cache_key":"talk-1",${hello}}`,
      { model: 'm', session: 'talk-1' },
    ],
    [
      'what stands between large values',
      `{"model":"m",${hello},"stream":true,"prompt_cache_key":"talk-1","tools":[{"x":"${'y'.repeat(9000)}"}]}`,
      { model: 'm', stream: true, session: 'talk-1' },
    ],
    [
      'words of it in what was said',
      '{"model":"m","messages":[{"role":"user","content":"\\"stream\\":true"},{"stream":true}],"tools":[]}',
      { model: 'm' },
    ],
    ['an empty key for the prompt cache', `{"model":"m","prompt_cache_key":"",${hello}}`, { model: 'm' }],
    ['a key that is no string', `{"model":"m","prompt_cache_key":[1],${hello}}`, { model: 'm' }],
    ['no model', `{${hello}}`, {}],
    ['a model of null', `{"model":null,"stream":null,${hello}}`, {}],
    ['a model in another script', `{"model":"m\\u006fdèle 😀",${hello}}`, { model: 'modèle 😀' }],
  ])('%s', (_, body, expected) => {
    expect(seen(body)).toEqual(expected);
  });

  it.each<[string, string, string | undefined, RegExp]>([
    ['no body', '', undefined, /a JSON object was expected at byte 0/],
    ['no object', '[]', undefined, /a JSON object/],
    ['a body that is cut', `{"model":"m",${hello.slice(0, -4)}`, undefined, /the end of the JSON object/],
    ['a body that is cut early', '{"model":"m', undefined, /the end of a string/],
    ['a literal that is none', `{"model":nil,${hello}}`, undefined, /not valid JSON at byte 9/],
    ['no messages', '{"model":"m"}', 'messages', /'messages' is missing/],
    ['messages of null', '{"model":"m","messages":null}', 'messages', /must be a list/],
    ['messages as a string', '{"model":"m","messages":"hello"}', 'messages', /must be a list/],
    ['messages as an object', '{"model":"m","messages":{"role":"user"}}', 'messages', /must be a list/],
    ['no message', '{"model":"m","messages":[ ]}', 'messages', /is an empty list/],
    ['a model that is a number', `{"model":5,${hello}}`, 'model', /the name of a model/],
    ['a model that is a list', `{"model":["m"],${hello}}`, 'model', /the name of a model/],
    ['an empty model', `{"model":"",${hello}}`, 'model', /the name of a model/],
    ['stream as a string', `{"model":"m","stream":"true",${hello}}`, 'stream', /true or false/],
    ['stream as a number', `{"model":"m",${hello},"stream":1}`, 'stream', /true or false/],
    ['stream as an object', `{"model":"m","stream":{},${hello}}`, 'stream', /true or false/],
  ])('%s', (_, body, param, message) => {
    const failure = failureOf(body);
    expect(failure).toMatchObject({
      kind: 'invalid-request',
      message: expect.stringMatching(message) as unknown,
    });
    expect(failure && 'param' in failure ? failure.param : undefined).toBe(param);
  });

  it('throws nothing but a failure of the request, whatever the bytes', () => {
    const noise = fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ':',
        ',',
        'a',
        '1',
        ' ',
        '"messages":[',
        '"model":',
      ),
      maxLength: 30,
    });
    const rule = fc.property(noise, (text) => {
      const body = Buffer.from(`{${text}`);
      try {
        peek(body);
        opening(body);
      } catch (error) {
        expect(error instanceof RotaError && error.failure.kind).toBe('invalid-request');
      }
    });
    fc.assert(rule, { numRuns: 2000 });
  });
});

describe('withModel', () => {
  const pieces = fc.record({
    gap: fc.constantFrom('', ' ', '\n\t'),
    model: fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
    other: fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
    text: fc.string({ unit: 'binary' }),
    place: fc.nat({ max: 3 }),
  });

  it("changes the model's bytes and no other", () => {
    const rule = fc.property(pieces, ({ gap, model, other, text, place }) => {
      const others = [
        `"a":${gap}1e-7`,
        `"messages":${gap}[${JSON.stringify(text)}]`,
        `"b":${JSON.stringify(text)}`,
      ];
      const body = (name: string) =>
        `${gap}{${gap}${others.toSpliced(place, 0, `"model":${gap}${JSON.stringify(name)}`).join(`${gap},`)}}${gap}`;
      expect(renamed(body(model), other)).toBe(body(other));
    });
    fc.assert(rule);
  });

  it('puts one in where there is none', () => {
    const rule = fc.property(pieces, ({ gap, other, text }) => {
      const body = `${gap}{${gap}"messages":[${JSON.stringify(text)}]${gap}}`;
      expect(JSON.parse(renamed(body, other))).toEqual({ model: other, messages: [text] });
      expect(renamed(body, other).endsWith(body.slice(gap.length + 1))).toBe(true);
    });
    fc.assert(rule);
  });

  it.each(['{}', ' { } ', '{\n}'])('puts one into %j', (body) => {
    expect(JSON.parse(withModel(Buffer.from(body), {}, 'm').toString())).toEqual({ model: 'm' });
  });

  it.each([`{"model":null,${hello}}`, `{${hello},"model":null}`, `{"x":[],"model": null ,${hello}}`])(
    'stands in for a null: %s',
    (body) => {
      expect(renamed(body, 'm')).toBe(body.replace('null', '"m"'));
    },
  );
});

describe('opening', () => {
  const message = (role: string, content: string) => JSON.stringify({ role, content });
  const turns = (...messages: string[]) =>
    Buffer.from(`{"model":"m","messages":[${messages.join(',')}],"stream":true}`);
  const openingOf = (...messages: string[]) => opening(turns(...messages))?.toString();
  const system = message('system', 'be brief');
  const user = message('user', 'hello');
  const assistant = message('assistant', 'hi');

  it('is what stands before the end of the first message of the user', () => {
    expect(openingOf(system, user)).toBe(`[${system},${user}`);
    expect(openingOf(user)).toBe(`[${user}`);
    expect(openingOf(assistant, user)).toBe(`[${assistant},${user}`);
  });

  it('tells conversations apart', () => {
    expect(openingOf(system, user)).not.toBe(openingOf(system, message('user', 'good morning')));
    expect(openingOf(system, user)).not.toBe(openingOf(message('system', 'be long'), user));
  });

  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"role":"user"', 'x'.repeat(40_000), 'y'.repeat(70_000)),
  );
  const chats = fc.array(
    fc.tuple(fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool'), texts),
    { minLength: 1, maxLength: 8 },
  );

  it('stays the same when later turns are added, and is bounded', () => {
    const rule = fc.property(chats, chats, (first, later) => {
      const hasUser = first.some(([role]) => role === 'user');
      const begun = [...first, ...(hasUser ? [] : [['user', 'hello'] as const])].map(([role, text]) =>
        message(role, text),
      );
      const added = later.map(([role, text]) => message(role, text));
      const one = openingOf(...begun);
      expect(openingOf(...begun, ...added)).toBe(one);
      expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(65_540);
      expect(one?.length).toBeGreaterThan(1);
    });
    fc.assert(rule);
  });

  it('stays the same where the user has not said anything yet', () => {
    expect(openingOf(system, assistant)).toBe(openingOf(system));
    expect(openingOf(system, assistant, message('tool', 'x'))).toBe(openingOf(system));
  });

  it('is the same whatever stands around the messages', () => {
    const other = Buffer.from(
      `{"stream":false,"messages":[${system},${user},${assistant}],"tools":[{"type":"function"}],"model":"n"}`,
    );
    expect(opening(other)?.toString()).toBe(openingOf(system, user));
  });

  it.each(['', '[]', '{}', '{"messages":"x"}', '{"messages":[1,2]}', '{"messages":[{"role":tru}]}'])(
    'takes %j',
    (body) => {
      expect(() => opening(Buffer.from(body))).not.toThrow();
    },
  );
});

import {
  array,
  assert,
  constantFrom,
  dictionary,
  jsonValue,
  option,
  property,
  record,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publisherModels } from './publisher-models.ts';

const usual = (method: string) => ({ model: 'm', stream: false, usualPath: `/v1beta/models/m:${method}` });
const sent = (text: string, method = 'generateContent') =>
  publisherModels.body(Buffer.from(text), usual(method)).toString();
const parts = [{ text: 'Say "role": {"contents": [] }' }];
const P = JSON.stringify(parts);

describe('Gemini below the models of a publisher', () => {
  it.each([
    ['gemini-3.8-flash', ':generateContent'],
    ['gemini-3.8-flash', ':streamGenerateContent'],
    ['gemini-3.8-flash', ':streamGenerateContent?alt=sse'],
    ['gemini-3.8-flash', ':countTokens'],
    ['models/gemini-3.8-flash', ':generateContent'],
    ['publishers/google/models/gemini-3.8-flash', ':generateContent'],
  ])('has the model %s and the method %s in the address', (model, method) => {
    const usualPath = `/v1beta/models/gemini:8${method}`;
    expect(publisherModels.path({ model, stream: false, usualPath })).toBe(
      `/models/gemini-3.8-flash${method}`,
    );
  });

  it('keeps a model in one segment', () => {
    expect(publisherModels.path({ ...usual('countTokens'), model: 'x/../y:z?k#f' })).toBe(
      '/models/x%2F..%2Fy%3Az%3Fk%23f:countTokens',
    );
  });

  it.each([
    ['a turn without one', `{"contents":[{"parts":${P}}]}`, `{"contents":[{"role":"user","parts":${P}}]}`],
    [
      'some of several',
      `{"a":1,"contents": [ { "parts":${P}},{"role":"model","parts":${P}}, {"parts":${P} }], "b":2}`,
      `{"a":1,"contents": [ {"role":"user", "parts":${P}},{"role":"model","parts":${P}}, {"role":"user","parts":${P} }], "b":2}`,
    ],
    ['no list', `{"contents":{"parts":${P}}}`, `{"contents":{"role":"user","parts":${P}}}`],
    [
      'an empty one',
      `{"contents":[{"role":"","parts":${P}}]}`,
      `{"contents":[{"role":"user","parts":${P}}]}`,
    ],
    ['none', `{"contents":[{"parts":${P},"role":null}]}`, `{"contents":[{"parts":${P},"role":"user"}]}`],
    [
      'the older one of results',
      `{"contents":[{"role":"function","parts":${P}}]}`,
      `{"contents":[{"role":"user","parts":${P}}]}`,
    ],
    ['a turn without anything', '{"contents":[{}]}', '{"contents":[{"role":"user"}]}'],
  ])('says whose a turn is: %s', (_, body, after) => {
    expect(sent(body)).toBe(after);
    expect(sent(body, 'streamGenerateContent?alt=sse')).toBe(after);
  });

  it('leaves every byte of a request whose turns say it', () => {
    const turn = record({ role: constantFrom('user', 'model', 'else'), parts: jsonValue() });
    const name = string().filter((one) => one !== 'contents' && one !== '__proto__');
    const others = dictionary(name, jsonValue());
    assert(
      property(others, array(turn), others, (before, contents, behind) => {
        const body = Buffer.from(JSON.stringify({ ...before, contents, ...behind }));
        expect(publisherModels.body(body, usual('generateContent'))).toBe(body);
      }),
    );
  });

  it('says of a turn that has no role nothing else, whatever the request holds', () => {
    const turn = record({
      role: option(constantFrom('user', 'model'), { nil: undefined }),
      parts: jsonValue(),
    });
    assert(
      property(
        array(turn),
        dictionary(
          string().filter((one) => one !== '__proto__'),
          jsonValue(),
        ),
        (contents, rest) => {
          const whole = { ...rest, contents };
          const expected = {
            ...rest,
            contents: contents.map((one) => ({ ...one, role: one.role ?? 'user' })),
          };
          // Through JSON, as the request goes: it has no minus nought.
          expect(JSON.parse(sent(JSON.stringify(whole)))).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
    );
  });

  it.each([
    '{"contents":[{"parts":[',
    '{"contents":[1,"x",null]}',
    '{"contents":"x"}',
    '{}',
    '[]',
    '{"contents":',
  ])('leaves to the server what is no request: %s', (body) => {
    expect(sent(body)).toBe(body);
    expect(sent(body, 'countTokens')).toBe(body);
  });

  describe('counting', () => {
    const contents = [{ role: 'user', parts }];
    const count = (body: object) => JSON.parse(sent(JSON.stringify(body), 'countTokens')) as unknown;

    it('has no frame, and only what is counted', () => {
      const request = {
        contents,
        systemInstruction: { parts },
        tools: [{ functionDeclarations: [{ name: 'f' }] }],
        generationConfig: { temperature: 0 },
      };
      const framed = {
        model: 'models/m',
        toolConfig: {},
        safetySettings: [],
        ...request,
        cachedContent: 'c',
      };
      expect(count({ generateContentRequest: framed })).toEqual(request);
      expect(count({ generate_content_request: { system_instruction: { parts }, contents } })).toEqual({
        system_instruction: { parts },
        contents,
      });
      expect(count({ model: 'models/m', contents })).toEqual({ contents });
    });

    it('says whose a turn is there, too', () => {
      expect(count({ generateContentRequest: { contents: [{ parts }] } })).toEqual({ contents });
      expect(count({ contents: [{ parts }] })).toEqual({ contents });
    });

    it('is left as it is where it has no frame', () => {
      const body = Buffer.from(JSON.stringify({ contents, tools: [], systemInstruction: { parts } }));
      expect(publisherModels.body(body, usual('countTokens'))).toBe(body);
    });
  });

  it.each(['embedContent', 'batchEmbedContents'])('has no %s', (method) => {
    expect(() => sent('{"content":{"parts":[]}}', method)).toThrow(`no '${method}'`);
  });
});

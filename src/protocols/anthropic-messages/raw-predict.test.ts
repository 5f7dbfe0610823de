import { assert, dictionary, jsonValue, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawPredict, rawPredictCounting } from './raw-predict.ts';

const version = { anthropic_version: 'vertex-2023-10-16' };
const messages = [{ role: 'user', content: 'Hi "model": "x"' }];
const request = { model: 'm', stream: false, usualPath: '/v1/messages' };
const after = (body: string) => JSON.parse(rawPredict.body(Buffer.from(body), request).toString()) as unknown;
const counted = (body: string) =>
  JSON.parse(rawPredictCounting.body(Buffer.from(body), request).toString()) as unknown;

describe('Messages by rawPredict', () => {
  it.each([
    [false, '/models/claude-opus-5-5:rawPredict'],
    [true, '/models/claude-opus-5-5:streamRawPredict'],
  ])('names the model and the stream in the address (%s)', (stream, path) => {
    expect(rawPredict.path({ ...request, model: 'claude-opus-5-5', stream })).toBe(path);
  });

  it('keeps a dated model in one segment', () => {
    expect(rawPredict.path({ ...request, model: 'claude/../x@20250929' })).toBe(
      '/models/claude%2F..%2Fx%4020250929:rawPredict',
    );
  });

  it.each([
    '{"model":"m","max_tokens":9,"messages":M}',
    '{ "max_tokens" : 9 , "messages" : M , "model" : "m" }',
    '{"max_tokens":9,"messages":M,\n"model"\n:\t"m"\n}',
    '{"max_tokens":9,"mo\\u0064el":"m","messages":M}',
  ])('has the version in the place of the model: %s', (text) => {
    expect(after(text.replace('M', JSON.stringify(messages)))).toEqual({
      max_tokens: 9,
      messages,
      ...version,
    });
  });

  it('changes nothing else, whatever the request holds', () => {
    const name = string().filter((one) => !['model', 'anthropic_version', '__proto__'].includes(one));
    assert(
      property(dictionary(name, jsonValue()), dictionary(name, jsonValue()), (before, behind) => {
        const whole = { ...before, model: 'm"\\', ...behind };
        const { model: _gone, ...rest } = whole;
        expect(after(JSON.stringify(whole))).toEqual(JSON.parse(JSON.stringify({ ...rest, ...version })));
      }),
    );
  });

  it('has the model in the body where it only counts', () => {
    expect(rawPredictCounting.path(request)).toBe('/models/count-tokens:rawPredict');
    expect(counted('{"model":"m","messages":[]}')).toEqual({ model: 'm', messages: [], ...version });
    expect(counted('{ }')).toEqual(version);
  });
});

import { describe, expect, it } from 'vitest';
import { RotaError } from '../../failure.ts';
import { gemini } from './protocol.ts';

const body = Buffer.from('{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}');
const at = (rest: string, query = '') => ({ rest, query });

describe('the address', () => {
  it.each<[string, string, string, unknown, string]>([
    ['a whole answer', 'gemini-3:generateContent', '', { stream: false }, 'gemini-3:generateContent'],
    [
      'a stream of events',
      'gemini-3:streamGenerateContent',
      'alt=sse',
      { stream: true },
      'gemini-3:streamGenerateContent?alt=sse',
    ],
    [
      'a stream as an array',
      'gemini-3:streamGenerateContent',
      '',
      { stream: true, inArray: true },
      'gemini-3:streamGenerateContent',
    ],
    ['a count', 'gemini-3:countTokens', '', { stream: false, isCount: true }, 'gemini-3:countTokens'],
    ['an embedding', 'gemini-3:embedContent', '', { stream: false }, 'gemini-3:embedContent'],
    [
      'a name with its first part',
      'models/gemini-3:generateContent',
      '',
      { stream: false },
      'gemini-3:generateContent',
    ],
    [
      'a name below its publisher',
      'publishers/google/models/gemini-3:generateContent',
      '',
      { stream: false },
      'gemini-3:generateContent',
    ],
    [
      'a name below its publisher, with the first part of another manner',
      'models/publishers/google/models/gemini-3:generateContent',
      '',
      { stream: false },
      'gemini-3:generateContent',
    ],
    [
      'a name below a project',
      'projects/p/locations/global/publishers/google/models/gemini-3:generateContent',
      '',
      { stream: false },
      'gemini-3:generateContent',
    ],
    [
      'a key and what nobody knows',
      'gemini-3:generateContent',
      'key=rota_x&alt=json&$x=1',
      { stream: false },
      'gemini-3:generateContent',
    ],
    [
      'a key before the form',
      'gemini-3:streamGenerateContent',
      'key=rota_x&alt=sse',
      { stream: true },
      'gemini-3:streamGenerateContent?alt=sse',
    ],
  ])('%s', (_, rest, query, peeked, path) => {
    expect(gemini.peek(body, at(rest, query))).toEqual({
      model: { name: 'gemini-3' },
      ...(peeked as object),
    });
    expect(gemini.path(at(rest, query), 'gemini-3')).toBe(`/v1beta/models/${path}`);
  });

  it.each([
    ['publishers/openai/models/gpt-5.5:generateContent', 'openai/gpt-5.5'],
    ['publishers/a/models/b/models/c:generateContent', 'a/b/models/c'],
    ['accounts/fireworks/models/x:generateContent', 'accounts/fireworks/models/x'],
    ['models/accounts/fireworks/models/x:generateContent', 'accounts/fireworks/models/x'],
  ])('%s is %s', (rest, name) => {
    expect(gemini.peek(body, at(rest)).model?.name).toBe(name);
  });

  it('takes slashes, colons and what must be escaped in a name', () => {
    const rest = 'meta/llama 4:free?:generateContent';
    expect(gemini.peek(body, at(rest)).model?.name).toBe('meta/llama 4:free?');
    expect(gemini.path(at(rest), 'meta/llama 4:free?')).toBe(
      '/v1beta/models/meta/llama%204%3Afree%3F:generateContent',
    );
  });

  it('gives another model its own', () => {
    expect(gemini.path(at('quick:generateContent'), 'gemini-3')).toBe(
      '/v1beta/models/gemini-3:generateContent',
    );
    expect(gemini.withModel(body, {}, 'gemini-3')).toBe(body);
  });

  it.each(['gemini-3', 'gemini-3:', ':generateContent', 'gemini-3:deleteModel', 'gemini-3:constructor', ''])(
    'there is no %j',
    (rest) => {
      expect(() => gemini.peek(body, at(rest))).toThrow(RotaError);
    },
  );
});

describe('the body', () => {
  it.each(['', '[]', '{', '"contents"'])('%j is none', (text) => {
    expect(() => gemini.peek(Buffer.from(text), at('m:generateContent'))).toThrow(RotaError);
  });

  it('is not judged, however it is spelt', () => {
    const spelt = '{"system_instruction":{"parts":[]},"generateContentRequest":{"contents":[]}}';
    expect(gemini.peek(Buffer.from(spelt), at('m:countTokens')).isCount).toBe(true);
  });
});

describe('the opening', () => {
  const user = (text: string) => ({ role: 'user', parts: [{ text }] });
  const of = (contents: readonly object[], system: object = {}): Buffer | undefined =>
    gemini.opening(
      Buffer.from(JSON.stringify({ ...system, contents, generationConfig: { temperature: 1 } })),
    );
  const prompt = { parts: [{ text: 'You help.' }] };

  it('is that of the later turns, and no other', () => {
    const first = of([user('hello')], { systemInstruction: prompt });
    expect(
      of([user('hello'), { role: 'model', parts: [] }, user('more')], { systemInstruction: prompt }),
    ).toEqual(first);
    expect(of([user('hello')], { system_instruction: prompt })).toEqual(first);
    expect(of([user('hello')])).not.toEqual(first);
    expect(of([user('bye')], { systemInstruction: prompt })).not.toEqual(first);
  });

  it('counts a turn without a role as the user’s', () => {
    const first = { parts: [{ text: 'hello' }] };
    expect(of([first, user('more')])).toEqual(of([first]));
  });

  it('is none where nothing was said', () => {
    expect(gemini.opening(Buffer.from('{}'))).toBeUndefined();
    expect(gemini.opening(Buffer.from('[]'))).toBeUndefined();
  });
});

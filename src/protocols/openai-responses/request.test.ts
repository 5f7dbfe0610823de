import { describe, expect, it } from 'vitest';
import { RotaError } from '../../failure.ts';
import { opening, peek, withModel } from './request.ts';

/** So large that the scan goes round it. */
const tools = `"tools":[{"type":"function","name":"x","description":${JSON.stringify('x'.repeat(9000))}}]`;
const input = '"input":[{"role":"user","content":"hello"}]';

function seen(body: string): unknown {
  const { model, ...others } = peek(Buffer.from(body));
  return { ...(model ? { model: model.name } : {}), ...others };
}

describe('peek', () => {
  it.each<[string, string, unknown]>([
    ['what a client sends', `{"model":"m",${input},"stream":true}`, { model: 'm', stream: true }],
    ['input as a text', '{"input":"hello","model":"m"}', { model: 'm' }],
    [
      'no input at all: the upstream may have a template',
      '{"model":"m","prompt":{"id":"p"}}',
      { model: 'm' },
    ],
    [
      'a cache key behind large tools',
      `{"model":"m","instructions":"i",${input},${tools},"stream":true,"include":[],"prompt_cache_key":"talk","text":{"verbosity":"low"},"client_metadata":{"a":"b"}}`,
      { model: 'm', stream: true, session: 'talk' },
    ],
    [
      'an earlier answer between large values',
      `{"model":"m",${input},"previous_response_id":"resp_1","stream":true,${tools}}`,
      { model: 'm', stream: true, continues: 'resp_1' },
    ],
    ['no earlier answer', `{"model":"m","previous_response_id":null,${input}}`, { model: 'm' }],
    [
      'a conversation, before a cache key',
      `{"model":"m","conversation":{"id":"conv_1"},"prompt_cache_key":"talk",${input}}`,
      { model: 'm', session: 'conversation conv_1' },
    ],
    [
      'a conversation by its id',
      `{"model":"m","conversation":"conv_1",${input}}`,
      { model: 'm', session: 'conversation conv_1' },
    ],
    [
      'words of it in what was said',
      '{"model":"m","input":[{"role":"user","content":"\\"previous_response_id\\":\\"no\\""},{"previous_response_id":"no"}]}',
      { model: 'm' },
    ],
    ['no model', `{${input}}`, {}],
  ])('%s', (_, body, expected) => {
    expect(seen(body)).toEqual(expected);
  });

  it.each(['', '[]', '{"model":"m"', '{"model":5,"input":"a"}', '{"model":"m","input":"a","stream":"yes"}'])(
    'refuses %j',
    (body) => {
      expect(() => peek(Buffer.from(body))).toThrow(RotaError);
    },
  );
});

describe('withModel', () => {
  it("changes the model's bytes and no other", () => {
    const body = Buffer.from(`{ ${input},\n"model" : "one", "stream":true }`);
    expect(withModel(body, peek(body), 'other').toString()).toBe(
      `{ ${input},\n"model" : "other", "stream":true }`,
    );
  });
});

describe('the opening', () => {
  const turn = (said: unknown, instructions = 'Be brief.'): Buffer | undefined =>
    opening(Buffer.from(JSON.stringify({ model: 'm', instructions, input: said, stream: true })));
  const first = [
    { role: 'developer', content: 'd' },
    { role: 'user', content: 'hello' },
  ];

  it('is that of the later turns, and no other', () => {
    const later = [...first, { type: 'function_call', call_id: 'c', name: 'n', arguments: '{}' }];
    expect(turn(later)).toEqual(turn(first));
    expect(turn(first, 'Be long.')).not.toEqual(turn(first));
    expect(turn([{ role: 'user', content: 'bye' }])).not.toEqual(turn(first));
    expect(turn('hello')).not.toEqual(turn('bye'));
  });

  it('is bounded, and none where nothing was said', () => {
    expect(turn('x'.repeat(500_000), 'y'.repeat(500_000))?.length).toBeLessThan(140_000);
    expect(opening(Buffer.from('{"model":"m"}'))).toBeUndefined();
  });
});

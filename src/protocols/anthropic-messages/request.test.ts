import { describe, expect, it } from 'vitest';
import { RotaError, type Failure } from '../../failure.ts';
import { anthropicCounting, anthropicMessages } from './protocol.ts';
import { opening, peek, withModel } from './request.ts';

const hello = '"messages":[{"role":"user","content":"hello"}]';
const user = '{"device_id":"d","session_id":"s"}';
/** So large that the scan goes round it. */
const tools = `"tools":[{"description":${JSON.stringify('x'.repeat(9000))}}]`;

function failureOf(body: string): Failure | undefined {
  try {
    peek(Buffer.from(body));
    return undefined;
  } catch (error) {
    return error instanceof RotaError ? error.failure : undefined;
  }
}

function seen(body: string): unknown {
  const { model, ...others } = peek(Buffer.from(body));
  return { ...(model ? { model: model.name } : {}), ...others };
}

describe('peek', () => {
  it.each<[string, string, unknown]>([
    [
      'what a client sends',
      `{"model":"m","max_tokens":9,${hello},"stream":true}`,
      { model: 'm', stream: true },
    ],
    [
      'a user behind large tools',
      `{"model":"m",${hello},${tools},"metadata":{"user_id":${JSON.stringify(user)}},"max_tokens":9,"thinking":{"type":"adaptive"},"stream":true}`,
      { model: 'm', stream: true, session: user },
    ],
    [
      'a user between large values',
      `{"model":"m",${hello},"metadata":{"user_id":"u"},"stream":false,${tools}}`,
      { model: 'm', stream: false, session: 'u' },
    ],
    ['a user that is none', `{"model":"m","metadata":{"user_id":5},${hello}}`, { model: 'm' }],
    ['metadata in what was said', `{"model":"m","messages":[{"metadata":{"user_id":"no"}}]}`, { model: 'm' }],
    ['no model', `{${hello}}`, {}],
  ])('%s', (_, body, expected) => {
    expect(seen(body)).toEqual(expected);
  });

  it.each<[string, string, string | undefined, RegExp]>([
    ['no object', '[]', undefined, /not valid JSON/],
    ['no messages', '{"model":"m"}', 'messages', /Field required/],
    ['messages as a string', '{"model":"m","messages":"hello"}', 'messages', /a valid list/],
    ['no message', '{"model":"m","messages":[]}', 'messages', /at least one/],
    ['a model that is no name', `{"model":[],${hello}}`, 'model', /the name of a model/],
    ['stream as a string', `{"model":"m","stream":"true",${hello}}`, 'stream', /true or false/],
  ])('%s', (_, body, param, message) => {
    const failure = failureOf(body);
    expect(failure).toMatchObject({
      kind: 'invalid-request',
      message: expect.stringMatching(message) as unknown,
      ...(param === undefined ? {} : { param }),
    });
  });

  it('knows a request that only counts by its endpoint', () => {
    const body = Buffer.from(`{"model":"m",${hello}}`);
    const address = { rest: '', query: '' };
    expect(anthropicMessages.peek(body, address).isCount).toBeUndefined();
    expect(anthropicCounting.peek(body, address).isCount).toBe(true);
    expect(anthropicCounting.encodeCount?.(7)).toEqual({ input_tokens: 7 });
  });
});

describe('the address upstream', () => {
  it.each([
    ['', ''],
    ['beta=true', '?beta=true'],
    ['key=rota_secret&beta=true&other=1', '?beta=true'],
    ['beta=false', ''],
  ])('of the query %j has only what the protocol knows', (query, kept) => {
    const address = { rest: '', query };
    expect(anthropicMessages.path(address, 'm')).toBe(`/v1/messages${kept}`);
    expect(anthropicCounting.path(address, 'm')).toBe(`/v1/messages/count_tokens${kept}`);
  });
});

describe('withModel', () => {
  it("changes the model's bytes and no other", () => {
    const body = Buffer.from(`{ ${hello},\n"model" : "one", "metadata":{"user_id":"u"} }`);
    expect(withModel(body, peek(body), 'other').toString()).toBe(
      `{ ${hello},\n"model" : "other", "metadata":{"user_id":"u"} }`,
    );
  });
});

describe('the opening', () => {
  const turn = (system: unknown, messages: readonly object[], more: object = {}): Buffer =>
    Buffer.from(JSON.stringify({ model: 'm', system, messages, ...more }));
  const first = { role: 'user', content: 'hello' };
  const later = [first, { role: 'assistant', content: 'hi' }, { role: 'user', content: 'more' }];
  const billing = (build: string) => ({ type: 'text', text: `x-anthropic-billing-header: cc=${build};` });
  const prompt = { type: 'text', text: 'You help.', cache_control: { type: 'ephemeral' } };

  it('is that of the later turns', () => {
    expect(opening(turn('Be brief.', later, { stream: true }))).toEqual(opening(turn('Be brief.', [first])));
  });

  it('leaves out a line that changes with every turn', () => {
    const one = opening(turn([billing('1'), prompt], [first]));
    expect(one?.toString()).toContain('You help.');
    expect(opening(turn([billing('2'), prompt], later))).toEqual(one);
  });

  it('tells other prompts and other words apart', () => {
    const openings = [
      turn('A', [first]),
      turn('B', [first]),
      turn('A', [{ role: 'user', content: 'bye' }]),
      turn([prompt], [first]),
    ].map((body) => opening(body)?.toString());
    expect(new Set(openings).size).toBe(openings.length);
  });

  it('is bounded', () => {
    const long = 'x'.repeat(500_000);
    expect(opening(turn(long, [{ role: 'user', content: long }]))?.length).toBeLessThan(140_000);
  });
});

import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import * as faults from './faults.ts';
import { start, HELLO, ask, type Asked } from './test-client.ts';

describe('scripts and quotas', () => {
  test("the key's own script goes first, then everyone's, then what always holds", async () => {
    const simulator = await start();
    simulator.always('*', faults.status(418));
    simulator.always('sk-a', faults.serverError());
    simulator.script('*', faults.badGateway());
    simulator.script('sk-a', faults.overloaded());
    const statuses = [];
    for (const key of ['sk-a', 'sk-a', 'sk-a', 'sk-b']) {
      statuses.push((await ask(simulator, { headers: { authorization: `Bearer ${key}` } })).status);
    }
    expect(statuses).toEqual([503, 502, 500, 418]);
    simulator.always('*', undefined);
    simulator.always('sk-a', undefined);
    expect((await ask(simulator)).status).toBe(200);
    expect(simulator.leftOver()).toBe(0);
  });

  test('a model list uses up no script that is not its own', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.serverError(), { ...faults.forbidden(), on: 'models' });
    const list = { method: 'GET', path: '/v1/models' };
    expect((await ask(simulator, list)).status).toBe(403);
    expect((await ask(simulator, list)).status).toBe(200);
    expect(simulator.leftOver()).toBe(1);
    expect((await ask(simulator)).status).toBe(500);
  });

  test('a quota refuses until its window has passed', async () => {
    let now = Date.UTC(2026, 10, 20);
    const simulator = await start({ now: () => now });
    const quota = { requests: 2, windowMs: 90_000 };
    simulator.account('sk-q', { quota, rateLimitHeaders: true });
    const asked = { headers: { authorization: 'Bearer sk-q' } };
    expect((await ask(simulator, asked)).headers).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '1m30s',
    });
    now += 500;
    expect((await ask(simulator, asked)).status).toBe(200);
    const refused = await ask(simulator, asked);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '90']);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    now += 89_499;
    expect((await ask(simulator, asked)).headers['x-ratelimit-reset-requests']).toBe('1ms');
    now += 1;
    expect((await ask(simulator, asked)).status).toBe(200);
    expect(simulator.calls.map((call) => call.answered)).toEqual([
      'usual',
      'usual',
      'quota',
      'quota',
      'usual',
    ]);
    expect(simulator.unexpected).toEqual([]);
  });

  test('an account refuses models that it does not have', async () => {
    const simulator = await start();
    simulator.account('sk-a', { models: ['gpt-other'] });
    const seen = await ask(simulator);
    expect([seen.status, seen.text]).toEqual([404, expect.stringContaining('model_not_found')]);
    expect(simulator.unexpected).toEqual([]);
  });
});

describe('strictness', () => {
  const cases: [string, Asked, number, RegExp][] = [
    ['an unknown path', { path: '/v1/v1/chat/completions' }, 404, /unknown/u],
    ['a broken escape in a path', { method: 'GET', path: '/v1/models/%E0%A4' }, 404, /unknown/u],
    ['a wrong method', { path: '/v1/models' }, 405, /GET/u],
    ['an unknown key', { headers: { authorization: 'Bearer sk-z' } }, 401, /sk-z is unknown/u],
    ['a wrong content type', { headers: { 'content-type': 'text/plain' } }, 415, /text\/plain/u],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, /gzip/u],
    ['invalid JSON', { body: '{"model":' }, 400, /JSON/u],
    ['a cookie', { headers: { cookie: 'a=b' } }, 400, /cookie/u],
    ['an origin', { headers: { origin: 'http://localhost' } }, 400, /origin/u],
    ['a header of ours', { headers: { 'x-rota-account': 'work' } }, 400, /x-rota-account/u],
    ['two credentials', { headers: { 'x-api-key': 'sk-a' } }, 400, /authorization, x-api-key/u],
    ['a key in the address', { path: '/v1/chat/completions?key=sk-a' }, 400, /address/u],
    ['a hop-by-hop header', { headers: { te: 'trailers' } }, 400, /te was forwarded/u],
    ['another host', { headers: { host: '127.0.0.1:8317' } }, 400, /8317/u],
    ["another vendor's header", { headers: { 'anthropic-beta': 'x' } }, 400, /anthropic-beta/u],
  ];
  test.each(cases)('%s is noted and refused', async (_name, asked, status, problem) => {
    const simulator = await start();
    simulator.script('sk-a', faults.answer());
    const seen = await ask(simulator, asked);
    expect(seen.status).toBe(status);
    expect(JSON.parse(seen.text)).toHaveProperty('error.message');
    expect(simulator.unexpected).toMatchObject([{ problem: expect.stringMatching(problem) }]);
    expect(simulator.calls.map((call) => call.answered)).toEqual(['refused']);
    expect(simulator.leftOver()).toBe(1);
  });

  const messages = { path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' } };
  const gemini = '/v1beta/models/gemini-3:generateContent';
  const others: [string, Asked, number, RegExp][] = [
    ['no version of Messages', { path: '/v1/messages' }, 400, /anthropic-version is missing/u],
    ['a query that Messages has not', { ...messages, path: '/v1/messages?x=1' }, 400, /names x/u],
    ['a query that Gemini has not', { path: `${gemini}?alt=sse&x=1` }, 400, /names x/u],
    ['a key in an address of Gemini', { path: `${gemini}?key=sk-a` }, 400, /address/u],
    [
      'a method that Gemini has not',
      { path: '/v1beta/models/gemini-3:deleteModel' },
      405,
      /POST is not GET/u,
    ],
    [
      'a header of Anthropic',
      { path: gemini, headers: { 'anthropic-version': 'x' } },
      400,
      /anthropic-version/u,
    ],
  ];
  test.each(others)('%s is noted and refused', async (_name, asked, status, problem) => {
    const simulator = await start();
    expect((await ask(simulator, asked)).status).toBe(status);
    expect(simulator.unexpected).toMatchObject([{ problem: expect.stringMatching(problem) }]);
  });

  const user = { role: 'user', content: 'a' };
  const call = { role: 'assistant', content: [{ type: 'tool_use', id: 'x' }] };
  const model = { role: 'model', parts: [{ functionCall: { name: 'f' } }] };
  const hi = { text: 'Hi' };
  const said = { role: 'user', parts: [hi] };
  const ofPublisher = (method: string) =>
    `/v1/projects/my-project/locations/global/publishers/google/models/gemini-3:${method}`;
  test.each([
    ['no message', messages, { model: 'm', messages: [] }],
    ['an assistant first', messages, { model: 'm', messages: [call] }],
    ['a call without a result', messages, { model: 'm', messages: [user, call, user] }],
    [
      'a result without a call',
      messages,
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }] },
    ],
    ['no input', { path: '/v1/responses' }, { model: 'm' }],
    [
      'a call without an output',
      { path: '/v1/responses' },
      { model: 'm', input: [{ type: 'function_call', call_id: 'c' }] },
    ],
    [
      'an answer of another',
      { path: '/v1/responses' },
      { model: 'm', input: 'a', previous_response_id: 'resp_x' },
    ],
    ['no contents', { path: gemini }, {}],
    ['empty parts', { path: gemini }, { contents: [{ parts: [] }] }],
    ["a turn that is nobody's", { path: ofPublisher('generateContent') }, { contents: [{ parts: [hi] }] }],
    [
      'a member that is not known',
      { path: ofPublisher('generateContent') },
      { contents: [said], model: 'm' },
    ],
    ['a frame', { path: ofPublisher('countTokens') }, { generateContentRequest: { contents: [said] } }],
    ['what is not counted', { path: ofPublisher('countTokens') }, { contents: [said], toolConfig: {} }],
    ['a function without a response', { path: gemini }, { contents: [model, { parts: [{ text: 'a' }] }] }],
  ])('a request with %s gets the 400 of its vendor', async (_name, asked: Asked, body) => {
    const simulator = await start();
    const seen = await ask(simulator, { ...asked, body: JSON.stringify(body) });
    expect([seen.status, simulator.unexpected]).toEqual([400, []]);
    expect(JSON.parse(seen.text)).toHaveProperty('error.message');
  });

  test('an unknown key is no surprise where a fault is scripted for it', async () => {
    const simulator = await start();
    simulator.script('sk-revoked', faults.unauthorized());
    expect((await ask(simulator, { headers: { authorization: 'Bearer sk-revoked' } })).status).toBe(401);
    expect(simulator.unexpected).toEqual([]);
  });

  test.each([
    ['no model', { messages: HELLO.messages }, 'model'],
    ['no messages', { model: 'm', messages: [] }, 'messages'],
    ['stream options without a stream', { ...HELLO, stream_options: {} }, 'stream_options'],
    ['a result without a call', { model: 'm', messages: [{ role: 'tool', tool_call_id: 'x' }] }, 'messages'],
    [
      'a call without a result',
      {
        model: 'm',
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'x' }] },
          { role: 'user', content: '' },
        ],
      },
      'messages',
    ],
  ])('a request with %s gets the 400 of the vendor', async (_name, body, param) => {
    const simulator = await start();
    const seen = await ask(simulator, { body: JSON.stringify(body) });
    expect(seen.status).toBe(400);
    expect(JSON.parse(seen.text)).toMatchObject({ error: { type: 'invalid_request_error', param } });
  });

  test('a call is kept as it came', async () => {
    const simulator = await start();
    await ask(simulator, { path: '/v1/chat/completions?a=1', headers: { 'x-mine': 'yes' } });
    const call = await simulator.waitForCall((seen) => seen.finished);
    expect(call).toMatchObject({ kind: 'generate', key: 'sk-a', label: 'work', method: 'POST', status: 200 });
    expect([call.path, call.headers['x-mine']]).toEqual(['/v1/chat/completions?a=1', 'yes']);
    expect(call.body).toBe(JSON.stringify(HELLO));
  });

  test('a client that goes away while it is sending', async () => {
    const simulator = await start();
    const half = request(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-a', 'content-type': 'application/json', 'content-length': '100' },
    });
    half.on('error', () => undefined);
    half.write('{"model":', () => half.destroy());
    const call = await simulator.waitForCall((seen) => seen.aborted);
    expect(call).toMatchObject({ answered: 'none', finished: false, key: 'sk-a' });
    expect(simulator.unexpected).toEqual([]);
  });

  test('waiting for a call that does not come says which came', async () => {
    const simulator = await start();
    await ask(simulator);
    await expect(simulator.waitForCall((call) => call.key === 'sk-b', 5)).rejects.toThrow(/by work: usual/u);
    const waiting = simulator.waitForCall((call) => call.key === 'sk-b');
    const refused = expect(waiting).rejects.toThrow('closed');
    await simulator.close();
    await refused;
  });
});

import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { relayStage, responses, type RelayScene } from './relay-scene.ts';
import { generations, standingClock } from './scene.ts';
import {
  isLast,
  openSocket,
  type Message,
  type SocketClient,
  type SocketClientOptions,
} from './socket-client.ts';

const { model } = responses;
const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const tools = [{ type: 'function', name: 'read', parameters: {}, strict: false }];
const hello = { model, input: [user('Hello')], store: false };

const open = ({ rota }: RelayScene, options?: SocketClientOptions): Promise<SocketClient> =>
  openSocket(rota.url, rota.key, options);

function sentBody(scene: RelayScene, index = -1): Record<string, unknown> {
  return JSON.parse(generations(scene.simulator).at(index)?.body ?? '{}') as Record<string, unknown>;
}

function responseOf(message: Message | undefined): Record<string, unknown> {
  return message?.['response'] as Record<string, unknown>;
}

function textOf(messages: readonly Message[]): string {
  const deltas = messages.filter(({ type }) => type === 'response.output_text.delta');
  return deltas.map(({ delta }) => String(delta)).join('');
}

describe('Responses over WebSocket', () => {
  test('gives each event of an answer as one message', async () => {
    const scene = await relayStage();
    const client = await open(scene);
    const messages = await client.turn(hello);
    expect(textOf(messages)).toBe('hello from one');
    expect(messages.map(({ sequence_number: at }) => at)).toEqual(messages.map((_, at) => at));
    expect([messages[0]?.type, messages.at(-1)?.type]).toEqual(['response.created', 'response.completed']);
    expect(sentBody(scene)).toEqual({ ...hello, stream: true });
  });

  test.each(['/responses', '/v1/v1/responses', '/v1/responses?model=x'])(
    'is served under %s',
    async (path) => {
      const client = await open(await relayStage(), { path });
      expect(textOf(await client.turn(hello))).toBe('hello from one');
    },
  );

  test('goes on from an answer with what is new alone, and the upstream has the whole', async () => {
    const scene = await relayStage();
    const call = { id: 'call_1', name: 'read', arguments: '{"path":"a.ts"}' };
    scene.simulator.script('key-one', faults.answer({ toolCalls: [call] }));
    const client = await open(scene);
    const first = responseOf((await client.turn({ ...hello, tools })).at(-1));
    const result = { type: 'function_call_output', call_id: 'call_1', output: 'it says so' };
    const next = { model, store: false, tools, previous_response_id: first['id'], input: [result] };
    expect(textOf(await client.turn(next))).toBe('hello from one');
    const { input, ...rest } = sentBody(scene);
    expect(rest).toEqual({ model, store: false, tools, stream: true });
    expect(input).toMatchObject([
      user('Hello'),
      { type: 'function_call', call_id: 'call_1', name: 'read', arguments: call.arguments },
      result,
    ]);
  });

  test('goes on from an answer before the upstream has closed its stream', async () => {
    const scene = await relayStage();
    const client = await open(scene);
    const events = (await client.turn(hello)).length;
    scene.simulator.script('key-one', faults.broken({ events }, 'hang'));
    const first = responseOf((await client.turn(hello)).at(-1));
    const next = { model, previous_response_id: first['id'], input: [user('Go on')] };
    expect((await client.turn(next)).at(-1)?.type).toBe('response.completed');
  });

  test('answers a warm-up itself, which holds for what comes behind it', async () => {
    const scene = await relayStage();
    const client = await open(scene);
    const warm = await client.turn({ ...hello, generate: false, input: [user('The rules')], tools });
    expect(warm.map(({ type }) => type)).toEqual(['response.created', 'response.completed']);
    expect(scene.asked()).toEqual([]);
    const { id } = responseOf(warm.at(-1));
    await client.turn({ model, previous_response_id: id, input: [user('Hello')] });
    expect(sentBody(scene)).toEqual({
      model,
      store: false,
      tools,
      input: [user('The rules'), user('Hello')],
      stream: true,
    });
  });

  test('is asked for another answer when it does not know the one that is named', async () => {
    const client = await open(await relayStage());
    const [error] = await client.turn({ ...hello, previous_response_id: 'resp_unknown' });
    expect(error).toMatchObject({
      type: 'error',
      status: 400,
      error: { code: 'previous_response_not_found', param: 'previous_response_id' },
    });
    expect(textOf(await client.turn(hello))).toBe('hello from one');
  });

  test('changes the account in the middle of a connection, unnoticed', async () => {
    const scene = await relayStage();
    const client = await open(scene);
    const first = responseOf((await client.turn(hello)).at(-1));
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    const next = { model, store: false, previous_response_id: first['id'], input: [user('Go on')] };
    expect(textOf(await client.turn(next))).toBe('hello from two');
    expect(scene.asked()).toEqual(['one', 'one', 'two']);
    expect(sentBody(scene)['input']).toMatchObject([user('Hello'), { role: 'assistant' }, user('Go on')]);
    expect((await scene.account('one')).rests).toHaveLength(1);
  });

  test.each(['openai-chat', 'anthropic-messages', 'gemini'])('speaks to accounts of %s', async (name) => {
    const scene = await relayStage({ only: [name] });
    const client = await open(scene);
    const first = await client.turn(hello);
    expect(textOf(first)).toBe('hello from one');
    const { id, output } = responseOf(first.at(-1));
    expect(output).toMatchObject([{ type: 'message', content: [{ text: 'hello from one' }] }]);
    const next = await client.turn({ model, previous_response_id: id, input: [user('Go on')] });
    expect(next.at(-1)?.type).toBe('response.completed');
    expect(generations(scene.simulator).at(-1)?.body).toMatch(/Hello.*hello from one.*Go on/su);
  });

  test('gives an answer that came whole as events', async () => {
    const scene = await relayStage();
    const response = {
      id: 'resp_whole',
      object: 'response',
      status: 'completed',
      model,
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }],
    };
    scene.simulator.script('key-one', {
      kind: 'raw',
      body: Buffer.from(JSON.stringify(response)),
      headers: { 'content-type': 'application/json' },
    });
    const client = await open(scene);
    const messages = await client.turn(hello);
    expect(messages.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(responseOf(messages.at(-1))).toMatchObject(response);
    await client.turn({ model, previous_response_id: 'resp_whole', input: [user('Go on')] });
    expect(sentBody(scene)['input']).toMatchObject([user('Hello'), { role: 'assistant' }, user('Go on')]);
  });

  test('is seen by the log, the counters and `proxy why` as any other request', async () => {
    const scene = await relayStage();
    const client = await open(scene, { headers: { 'session-id': 's' } });
    await client.turn(hello);
    const answered = () => scene.rota.logLines.some((line) => line.includes('"answered"'));
    await expect.poll(answered, { interval: 5 }).toBe(true);
    expect((await scene.account('one')).requests).toBe(1);
    const headers = { authorization: `Bearer ${scene.rota.adminKey}` };
    const why = await (await fetch(`${scene.rota.url}/-/why`, { headers })).json();
    expect(why).toMatchObject({ model, status: 200, answeredBy: 'one' });
  });

  test('leaves what is about the connection behind', async () => {
    const scene = await relayStage();
    const beta = 'responses_websockets=2026-02-06, other=v1';
    const client = await open(scene, { headers: { 'openai-beta': beta, cookie: 'a=b' } });
    await client.turn(hello);
    const { headers } = generations(scene.simulator).at(-1) ?? {};
    expect(headers).toMatchObject({ 'openai-beta': 'other=v1', 'content-type': 'application/json' });
    expect(Object.keys(headers ?? {}).filter((name) => /^sec-|cookie|upgrade/u.test(name))).toEqual([]);
  });
});

test("OpenAI's own SDK goes on over it from turn to turn, and is told what is wrong", async () => {
  const scene = await relayStage();
  const baseURL = `${scene.rota.url}/v1`;
  const connection = new ResponsesWS(new OpenAI({ apiKey: scene.rota.key, baseURL }));
  onTestFinished(() => connection.close());
  const errors: unknown[] = [];
  connection.on('error', (error) => void errors.push(error));
  const ask = async (more: object): Promise<{ readonly id: string; readonly output: readonly object[] }> => {
    connection.send({ type: 'response.create', model, store: false, ...more });
    return new Promise((resolve) => {
      connection.once('response.completed', ({ response }) => resolve(response));
    });
  };
  const first = await ask({ input: 'Hello' });
  const second = await ask({ input: 'Go on', previous_response_id: first.id });
  expect(second.output).toMatchObject([{ content: [{ text: 'hello from one' }] }]);
  expect(errors).toEqual([]);
  connection.send({ type: 'response.create', model: 'nobody-has-it', input: 'Hello' });
  await expect
    .poll(() => errors)
    .toMatchObject([{ message: expect.stringContaining('nobody-has-it') as string }]);
});

describe('streams of one connection', () => {
  test('are answered side by side, and each is told apart', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.broken({ events: responses.contentEvents }, 'hang'));
    const client = await open(scene);
    client.create({ ...hello, stream_id: 'slow' });
    await client.until(({ type }) => type === 'response.output_text.delta');
    client.create({ ...hello, stream_id: 'fast' });
    const last = await client.until(isLast);
    expect(last).toMatchObject({ type: 'response.completed', stream_id: 'fast' });
    expect(new Set(client.messages.map(({ stream_id: id }) => id))).toEqual(new Set(['slow', 'fast']));
  });

  test('have one answer under way at a time', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.drip(64, 1, { text: 'one two three' }));
    const client = await open(scene);
    client.create(hello);
    client.create(hello);
    await client.until(isLast);
    await client.until(isLast);
    const { messages } = client;
    const end = messages.findIndex(isLast) + 1;
    expect(textOf(messages.slice(0, end))).toBe('one two three');
    expect(textOf(messages.slice(end))).toBe('hello from one');
  });

  test('go on from each other’s answers', async () => {
    const scene = await relayStage();
    const client = await open(scene);
    const { id } = responseOf((await client.turn({ ...hello, stream_id: 'a' })).at(-1));
    const fork = { model, stream_id: 'b', previous_response_id: id, input: [user('Go on')] };
    expect((await client.turn(fork)).at(-1)).toMatchObject({ type: 'response.completed', stream_id: 'b' });
    expect(sentBody(scene)).toMatchObject({ input: [user('Hello'), { role: 'assistant' }, user('Go on')] });
  });

  test('are no more than the protocol allows', async () => {
    const scene = await relayStage({ settings: { routing: { strategy: 'fill-first' } } });
    scene.simulator.always('key-one', faults.nothing('hang'));
    const client = await open(scene);
    for (let nth = 0; nth < 17; nth += 1) client.create({ ...hello, stream_id: `s${nth}` });
    expect(await client.until(isLast)).toMatchObject({
      status: 400,
      stream_id: 's16',
      error: { code: 'websocket_request_limit_reached' },
    });
  });
});

describe('what goes wrong is told as a message, and the connection stays', () => {
  const wrong: readonly [string, string, object][] = [
    ['no JSON', '{"type":', { status: 400 }],
    ['no object', '[1]', { status: 400 }],
    ['another type', '{"type":"response.cancel"}', { status: 400, error: { param: 'type' } }],
    [
      'a bad stream',
      '{"type":"response.create","stream_id":"a b"}',
      { error: { code: 'invalid_stream_id' } },
    ],
    ['no input', `{"type":"response.create","model":"${model}","input":5}`, { error: { param: 'input' } }],
    [
      'an unknown model',
      '{"type":"response.create","model":"nobody-has-it","input":"x"}',
      { status: 404, error: { code: 'model_not_found' } },
    ],
  ];
  test.each(wrong)('%s', async (_name, message, expected) => {
    const client = await open(await relayStage());
    client.send(message);
    expect(await client.until(isLast)).toMatchObject({ type: 'error', ...expected });
    expect(textOf(await client.turn(hello))).toBe('hello from one');
  });

  test('an upstream’s complaint about the request', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.contextTooLong());
    const client = await open(scene);
    expect(await client.turn({ ...hello, stream_id: 'a' })).toMatchObject([
      { type: 'error', status: 400, stream_id: 'a', error: { code: 'context_length_exceeded' } },
    ]);
  });

  test('nobody left, with the time to wait', async () => {
    const scene = await relayStage({ clock: standingClock() });
    for (const key of ['key-one', 'key-two'])
      scene.simulator.script(key, faults.rateLimited({ seconds: 20 }));
    const client = await open(scene);
    const [error] = await client.turn(hello);
    expect(error).toMatchObject({
      status: 429,
      error: { code: 'rate_limit_exceeded' },
      headers: { 'retry-after': '20', 'x-rota-attempts': '2' },
    });
  });

  test('nobody left after long: the connection lives without signs of life in an answer', async () => {
    const settings = { limits: { keepAliveMs: 20 }, routing: { strategy: 'fill-first', affinity: false } };
    const scene = await relayStage({ settings, clock: standingClock(), accounts: ['one'] });
    const headers = { 'retry-after': '30' };
    scene.simulator.script('key-one', { kind: 'status', status: 429, headers, headersAfterMs: 150 });
    const client = await open(scene);
    expect(await client.turn(hello)).toMatchObject([{ type: 'error', status: 429, headers }]);
  });

  test('a stream that breaks after content', async () => {
    const scene = await relayStage();
    const says = faults.broken({ events: responses.contentEvents }, 'reset', { text: 'one two three four' });
    scene.simulator.script('key-one', says);
    const client = await open(scene);
    expect((await client.turn(hello)).at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error' } },
    });
    expect(textOf(await client.turn(hello))).toBe('hello from one');
  });

  test('an acknowledgement is no request', async () => {
    const client = await open(await relayStage());
    client.send({ type: 'response.processed', response_id: 'resp_1' });
    expect(textOf(await client.turn(hello))).toBe('hello from one');
    expect(client.messages.filter(({ type }) => type === 'error')).toEqual([]);
  });

  test('a conversation that has grown beyond the limit', async () => {
    const scene = await relayStage({ settings: { limits: { maxBodyBytes: 4096 } } });
    const client = await open(scene);
    const long = { model, input: [user('x'.repeat(2500))] };
    const { id } = responseOf((await client.turn(long)).at(-1));
    expect(await client.turn({ ...long, previous_response_id: id })).toMatchObject([
      { type: 'error', status: 413, error: { code: 'request_too_large' } },
    ]);
    expect(scene.asked()).toEqual(['one']);
  });
});

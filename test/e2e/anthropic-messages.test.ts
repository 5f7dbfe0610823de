import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { messages, relayStage, type RelayScene } from './relay-scene.ts';
import { generations } from './scene.ts';

const noRetry = { routing: { strategy: 'fill-first', affinity: false }, requestRetry: 0 };
const hello = {
  model: messages.model,
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};
const counts = { path: '/v1/messages/count_tokens?beta=true' };

const sdkOf = ({ rota }: RelayScene, keys: object = { apiKey: rota.key }): Anthropic =>
  new Anthropic({ ...keys, baseURL: rota.url, maxRetries: 0 });

describe('headers', () => {
  test("of the protocol go upstream, the client's version before the provider's", async () => {
    const scene = await relayStage();
    await scene.ask(messages, {
      headers: {
        'anthropic-version': '2026-10-21',
        'anthropic-beta': 'context-management-2025-06-27,interleaved-thinking-2025-05-14',
        'x-app': 'cli',
        'x-claude-code-session-id': 's1',
        'user-agent': 'claude-cli/2.1 (external, cli)',
      },
    });
    const [call] = generations(scene.simulator);
    expect(call?.headers).toMatchObject({
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'context-management-2025-06-27,interleaved-thinking-2025-05-14',
      'x-api-key': 'key-one',
      'user-agent': 'rota/test',
    });
    for (const name of ['x-app', 'x-claude-code-session-id', 'authorization'])
      expect(call?.headers).not.toHaveProperty(name);
  });

  test("of a client's own sign-in are passed over where our key is beside it", async () => {
    const scene = await relayStage();
    const key = { authorization: 'Bearer sk-ant-oat01-of-the-client', 'x-api-key': scene.rota.key };
    expect((await scene.ask(messages, { key })).status).toBe(200);
    expect(JSON.stringify(generations(scene.simulator)[0]?.headers)).not.toContain('of-the-client');
    expect((await scene.ask(messages, { key: { authorization: key.authorization } })).status).toBe(401);
    expect(scene.rota.logLines.join('\n')).not.toContain('of-the-client');
  });

  test("of the upstream's answer that name it come through", async () => {
    const scene = await relayStage();
    const headers = { 'anthropic-ratelimit-requests-remaining': '7' };
    scene.simulator.script('key-one', faults.answer({ headers }));
    const answer = await scene.ask(messages);
    expect(answer.headers).toMatchObject({
      'request-id': expect.stringMatching(/^req_sim_/u) as string,
      'x-rota-upstream-anthropic-ratelimit-requests-remaining': '7',
    });
    expect(answer.headers).not.toHaveProperty('anthropic-ratelimit-requests-remaining');
  });
});

describe('the address', () => {
  test.each(['/v1/messages', '/messages', '/v1/v1/messages'])('%s is the same', async (path) => {
    const scene = await relayStage();
    expect((await scene.ask(messages, { path })).status).toBe(200);
    expect(generations(scene.simulator)[0]?.path).toBe('/v1/messages');
  });

  test('goes upstream without what the protocol does not know of the query', async () => {
    const scene = await relayStage();
    await scene.ask(messages, { path: '/v1/messages?beta=true&key=rota_something' });
    expect(generations(scene.simulator)[0]?.path).toBe('/v1/messages?beta=true');
    expect(scene.rota.logLines.join('\n')).not.toContain('rota_something');
  });
});

describe('a conversation', () => {
  test('stays with its account, though a line of its system prompt changes with every turn', async () => {
    const settings = { routing: { strategy: 'round-robin', affinity: true } };
    const scene = await relayStage({ settings });
    const turn = async (build: string, text: string) => {
      const billing = { type: 'text', text: `x-anthropic-billing-header: cc=${build};` };
      const system = [billing, { type: 'text', text: 'You help.' }];
      const said = [{ role: 'user', content: text }, { role: 'assistant', content: 'hi' }, hello.messages[0]];
      const { headers } = await scene.ask(messages, {
        body: JSON.stringify({ ...hello, system, messages: said }),
      });
      return headers['x-rota-account'];
    };
    const first = await turn('1', 'a');
    expect([await turn('2', 'a'), await turn('3', 'a')]).toEqual([first, first]);
    expect(await turn('1', 'b')).not.toBe(first);
  });

  test('is told by its user, wherever that stands', async () => {
    const settings = { routing: { strategy: 'round-robin', affinity: true } };
    const scene = await relayStage({ settings });
    const ask = async (user: string, text: string) => {
      const tools = [{ name: 'run', description: 'x'.repeat(9000), input_schema: { type: 'object' } }];
      const said = [{ role: 'user', content: text }];
      const body = { ...hello, messages: said, tools, metadata: { user_id: user }, stream: false };
      return (await scene.ask(messages, { body: JSON.stringify(body) })).headers['x-rota-account'];
    };
    expect([await ask('u1', 'a'), await ask('u1', 'b'), await ask('u1', 'c')]).toEqual(['one', 'one', 'one']);
    expect(await ask('u2', 'a')).toBe('two');
  });
});

describe('counting tokens', () => {
  test('is asked of an account', async () => {
    const scene = await relayStage();
    const answer = await scene.ask(messages, counts);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { input_tokens: 5 }]);
    expect(answer.headers).toMatchObject({ 'x-rota-account': 'one' });
    expect(answer.headers).not.toHaveProperty('x-rota-estimated');
    expect(scene.simulator.calls.at(-1)).toMatchObject({ kind: 'count', path: counts.path });
  });

  const unable: readonly [string, Behaviour][] = [
    ['a limit', faults.rateLimited({ seconds: 20 })],
    ['a server that does not count', faults.status(404)],
    ['a refused key', faults.unauthorized()],
    ['a reset', faults.nothing('reset')],
  ];
  test.each(unable)('is estimated where all answer with %s, and nobody rests for it', async (_name, says) => {
    const scene = await relayStage();
    scene.simulator.always('*', { ...says, on: 'count' });
    const answer = await scene.ask(messages, counts);
    const { input_tokens: tokens } = JSON.parse(answer.text) as { input_tokens: number };
    expect([answer.status, answer.headers['x-rota-estimated']]).toEqual([200, 'true']);
    expect(tokens).toBe(Math.ceil(JSON.stringify(messages.body(false)).length / 4));
    for (const label of ['one', 'two'])
      expect(await scene.account(label)).toMatchObject({ rests: [], failures: 0 });
    expect((await scene.ask(messages)).headers['x-rota-account']).toBe('one');
  });

  test('is estimated where no account speaks the protocol', async () => {
    const scene = await relayStage({ only: ['openai-chat'] });
    const answer = await scene.ask(messages, counts);
    expect([answer.status, answer.headers['x-rota-estimated']]).toEqual([200, 'true']);
  });

  test('does not hide that the request is at fault, or that nobody has the model', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', { ...faults.status(400, { message: 'tools.0: no' }), on: 'count' });
    const refused = await scene.ask(messages, counts);
    expect([refused.status, messages.readError(refused.text).message]).toEqual([400, 'tools.0: no']);
    const body = JSON.stringify({ ...hello, model: 'nobody-has-it' });
    expect((await scene.ask(messages, { ...counts, body })).status).toBe(404);
  });

  test('waits for no room', async () => {
    const scene = await relayStage({
      accounts: ['one'],
      settings: { routing: { maxConcurrent: 1, maxQueued: 0 } },
    });
    scene.simulator.script('key-one', faults.broken({ events: messages.contentEvents }, 'hang'));
    const busy = await scene.watch(messages);
    await busy.bytes(50);
    const answers = await Promise.all(Array.from({ length: 28 }, async () => scene.ask(messages, counts)));
    expect(
      new Set(answers.map(({ headers, status }) => `${status} ${String(headers['x-rota-account'])}`)),
    ).toEqual(new Set(['200 one']));
    busy.hangUp();
  });
});

describe("through Anthropic's own SDK", () => {
  test('a text, whole and streamed', async () => {
    const scene = await relayStage();
    const whole = await sdkOf(scene).messages.create(hello);
    expect(whole).toMatchObject({
      content: [{ type: 'text', text: 'hello from one' }],
      stop_reason: 'end_turn',
    });
    const stream = sdkOf(scene, { authToken: scene.rota.key }).messages.stream(hello);
    const pieces: string[] = [];
    stream.on('text', (piece) => pieces.push(piece));
    expect(await stream.finalText()).toBe('hello from one');
    expect(pieces.length).toBeGreaterThan(1);
  });

  test('a round with a tool, and with thinking', async () => {
    const scene = await relayStage();
    const call = { id: 'toolu_1', name: 'read', arguments: '{"path":"src/ä \\"quoted\\".ts"}' };
    scene.simulator.script('key-one', faults.answer({ reasoning: 'Let me look.', toolCalls: [call] }));
    const tools = [{ name: 'read', input_schema: { type: 'object' as const } }];
    const first = await sdkOf(scene)
      .messages.stream({ ...hello, tools })
      .finalMessage();
    expect(first).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Let me look.', signature: 'c2ltdWxhdGVk' },
        { type: 'tool_use', id: 'toolu_1', name: 'read', input: JSON.parse(call.arguments) as object },
      ],
      stop_reason: 'tool_use',
    });
    const result = { type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'it says so' };
    const second = await sdkOf(scene).messages.create({
      ...hello,
      tools,
      messages: [
        ...hello.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [result] },
      ],
    });
    expect(second.content).toMatchObject([{ text: 'hello from one' }]);
    expect(generations(scene.simulator).at(-1)?.body).toContain('"signature":"c2ltdWxhdGVk"');
  });

  test('counts, and lists the models', async () => {
    const scene = await relayStage();
    const { max_tokens: _, ...question } = hello;
    expect(await sdkOf(scene).messages.countTokens(question)).toEqual({ input_tokens: 5 });
    const ids: string[] = [];
    for await (const { id, type } of sdkOf(scene).models.list()) ids.push(`${type} ${id}`);
    expect(ids).toContain(`model ${messages.model}`);
    expect(await sdkOf(scene).models.retrieve(messages.model)).toMatchObject({
      id: messages.model,
      type: 'model',
    });
    await expect(sdkOf(scene).models.retrieve('nobody')).rejects.toMatchObject({ status: 404 });
  });

  const rows: readonly [string, Behaviour | undefined, object, object][] = [
    ['a limit', faults.rateLimited({ seconds: 20 }), {}, { status: 429, name: 'RateLimitError' }],
    ['a sign-in', faults.unauthorized(), {}, { status: 403 }],
    ['an overload', faults.siteOverloaded(), {}, { status: 529 }],
    ['a connection', faults.nothing('reset'), {}, { status: 502 }],
    ['a request at fault', faults.status(400), {}, { status: 400 }],
    ['an unknown model', undefined, { model: 'nobody-has-it' }, { status: 404 }],
  ];
  test.each(rows)('%s is an error of its class', async (_name, says, more, seen) => {
    const scene = await relayStage({ accounts: ['one'], settings: noRetry });
    const { name: _className, ...status } = seen as { name?: string };
    for (const stream of [false, true]) {
      if (says) scene.simulator.script('key-one', says);
      const failed: unknown = await sdkOf(scene)
        .messages.create({ ...hello, ...more, stream })
        .catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(APIError);
      expect(failed).toMatchObject({
        ...status,
        error: { type: 'error', error: { type: expect.any(String) as string } },
      });
      await scene.restart();
    }
  });

  test('a failure after content is one as well, and no short answer', async () => {
    const scene = await relayStage();
    const sentence = { text: 'one two three four five six' };
    scene.simulator.script('key-one', faults.broken({ events: messages.contentEvents }, 'reset', sentence));
    const stream = sdkOf(scene).messages.stream(hello);
    let text = '';
    stream.on('text', (piece) => (text += piece));
    await expect(stream.finalMessage()).rejects.toThrow(APIError);
    expect(text).toContain('one');
  });
});

import OpenAI, { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { relayStage, responses, type RelayScene } from './relay-scene.ts';
import { generations, standingClock } from './scene.ts';

const hello = { model: responses.model, input: 'Hello' };
const turns = { routing: { strategy: 'round-robin', affinity: true } };
const sdkOf = ({ rota }: RelayScene): OpenAI =>
  new OpenAI({ apiKey: rota.key, baseURL: `${rota.url}/v1`, maxRetries: 0 });

async function ask(
  scene: RelayScene,
  more: object,
): Promise<{ readonly account: unknown; readonly text: string }> {
  const { headers, text } = await scene.ask(responses, { body: JSON.stringify({ ...hello, ...more }) });
  return { account: headers['x-rota-account'], text };
}

/** Which account a conversation comes to be at home with. */
async function homeAt(scene: RelayScene, headers: Record<string, string>): Promise<unknown> {
  return (await scene.ask(responses, { headers })).headers['x-rota-account'];
}

function idIn(text: string): string {
  return /"id":"(resp_[^"]+)"/u.exec(text)?.[1] ?? 'none';
}

describe('a request that goes on from an earlier answer', () => {
  test.each([true, false])('goes to the account that gave it (stream: %s)', async (stream) => {
    const scene = await relayStage({ settings: { routing: { strategy: 'round-robin', affinity: false } } });
    const answers = [];
    for (const input of ['a', 'b', 'c', 'd']) answers.push(await ask(scene, { input, stream }));
    expect(answers.map(({ account }) => account)).toEqual(['one', 'two', 'one', 'two']);
    for (const { account, text } of answers.toReversed()) {
      const next = await ask(scene, { previous_response_id: idIn(text), stream });
      expect(next.account).toBe(account);
      expect((await ask(scene, { previous_response_id: idIn(next.text) })).account).toBe(account);
    }
  });

  test('of an answer that nobody here knows is given back as the upstream says it', async () => {
    const scene = await relayStage();
    const answer = await scene.ask(responses, {
      body: JSON.stringify({ ...hello, previous_response_id: 'resp_x' }),
    });
    expect([answer.status, responses.readError(answer.text)]).toMatchObject([
      400,
      { code: 'previous_response_not_found' },
    ]);
  });

  test('is not read from where it is only talked about', async () => {
    const scene = await relayStage({ settings: turns });
    const first = await ask(scene, { input: 'a' });
    const input = `"previous_response_id":"${idIn(first.text)}"`;
    expect((await ask(scene, { input })).account).toBe('two');
  });
});

describe('reasoning that only the account can read that made it', () => {
  const session = { 'x-session-id': 'one-conversation' };
  const unreadable: Behaviour = {
    kind: 'status',
    status: 400,
    complaint: { message: 'The encrypted content could not be verified.', code: 'invalid_encrypted_content' },
  };

  test('waits for that account where it rests for a moment', async () => {
    const scene = await relayStage({ settings: turns });
    const home = await homeAt(scene, session);
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 1 }));
    scene.simulator.script('key-two', unreadable);
    const answer = await scene.ask(responses, { headers: session });
    expect([home, answer.status, answer.headers['x-rota-account']]).toEqual(['one', 200, 'one']);
    expect(scene.asked()).toEqual(['one', 'one', 'two', 'one']);
  });

  test('is a 429 with the account’s time where it rests for long, not a 400 that ends the client', async () => {
    const scene = await relayStage({ settings: turns, clock: standingClock() });
    const home = await homeAt(scene, session);
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 40 }));
    scene.simulator.script('key-two', unreadable);
    const answer = await scene.ask(responses, { headers: session });
    expect([home, answer.status, answer.headers['retry-after']]).toEqual(['one', 429, '40']);
    expect(responses.readError(answer.text).message).toContain('leans on what only another account can read');
  });
});

test('a conversation that the provider keeps stays with its account, whatever is said in it', async () => {
  const scene = await relayStage({ settings: turns });
  const asked = [];
  for (const conversation of ['conv_1', 'conv_2', { id: 'conv_1' }, { id: 'conv_2' }, 'conv_1'])
    asked.push((await ask(scene, { conversation, input: `turn ${asked.length}` })).account);
  expect(asked).toEqual(['one', 'two', 'one', 'two', 'one']);
});

test('a cache key keeps a conversation with its account', async () => {
  const scene = await relayStage({ settings: turns });
  const asked = [];
  for (const key of ['k1', 'k2', 'k1', 'k2']) {
    const tools = [
      { type: 'function', name: 'run', description: 'x'.repeat(9000), parameters: null, strict: false },
    ];
    asked.push((await ask(scene, { prompt_cache_key: key, input: `turn ${asked.length}`, tools })).account);
  }
  expect(asked).toEqual(['one', 'two', 'one', 'two']);
});

describe('a response that failed before it said anything', () => {
  const failure = (code: string): Behaviour => faults.streamError(2, { message: 'No.', code });

  test('is asked of the next account where that may help', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', failure('rate_limit_exceeded'));
    expect((await scene.ask(responses, { stream: true })).headers['x-rota-account']).toBe('two');
  });

  test('is told as an error where the request is at fault', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', failure('invalid_prompt'));
    const answer = await scene.ask(responses, { stream: true });
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/json']);
    expect(responses.readError(answer.text)).toMatchObject({ code: 'invalid_prompt', message: 'No.' });
    expect(scene.asked()).toEqual(['one']);
  });
});

test('its smaller endpoints go through', async () => {
  const scene = await relayStage();
  const counted = await scene.ask(responses, { path: '/v1/responses/input_tokens' });
  expect(JSON.parse(counted.text)).toEqual({ object: 'response.input_tokens', input_tokens: 5 });
  scene.simulator.always('*', { ...faults.serverError(), on: 'count' });
  const estimated = await scene.ask(responses, { path: '/v1/responses/input_tokens' });
  expect(estimated.headers['x-rota-estimated']).toBe('true');
  expect(JSON.parse(estimated.text)).toMatchObject({ object: 'response.input_tokens' });
});

describe('where no account speaks the protocol', () => {
  test('a request is counted by estimate', async () => {
    const scene = await relayStage({ only: ['openai-chat'] });
    const counted = await scene.ask(responses, { path: '/v1/responses/input_tokens' });
    expect([counted.status, counted.headers['x-rota-estimated']]).toEqual([200, 'true']);
  });

  test('a conversation cannot be compacted, and the client is told why', async () => {
    const scene = await relayStage({ only: ['openai-chat'] });
    const answer = await scene.ask(responses, { path: '/v1/responses/compact' });
    expect([answer.status, responses.readError(answer.text)]).toMatchObject([
      404,
      { message: expect.stringContaining('over protocols other than the one you called') as string },
    ]);
    expect(scene.asked()).toEqual([]);
  });
});

describe("through OpenAI's own SDK", () => {
  test('a text, whole and streamed', async () => {
    const scene = await relayStage();
    expect((await sdkOf(scene).responses.create(hello)).output_text).toBe('hello from one');
    const stream = sdkOf(scene).responses.stream(hello);
    const pieces: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => pieces.push(delta));
    expect((await stream.finalResponse()).output_text).toBe('hello from one');
    expect(pieces.join('')).toBe('hello from one');
  });

  test('a round with a tool, and with reasoning', async () => {
    const scene = await relayStage();
    const call = { id: 'call_1', name: 'read', arguments: '{"path":"src/ä \\"quoted\\".ts"}' };
    scene.simulator.script('key-one', faults.answer({ reasoning: 'Let me look.', toolCalls: [call] }));
    const tools = [{ type: 'function' as const, name: 'read', parameters: {}, strict: false }];
    const first = await sdkOf(scene)
      .responses.stream({ ...hello, tools })
      .finalResponse();
    expect(first.output).toMatchObject([
      { type: 'reasoning', encrypted_content: 'c2ltdWxhdGVk' },
      { type: 'function_call', call_id: 'call_1', name: 'read', arguments: call.arguments },
    ]);
    const second = await sdkOf(scene).responses.create({
      ...hello,
      tools,
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: 'call_1', output: 'it says so' }],
    });
    expect(second.output_text).toBe('hello from one');
    expect(generations(scene.simulator).at(-1)?.body).toContain(`"previous_response_id":"${first.id}"`);
  });

  const rows: readonly [string, Behaviour | undefined, object, object][] = [
    ['a limit', faults.rateLimited({ seconds: 20 }), {}, { status: 429, code: 'rate_limit_exceeded' }],
    ['a sign-in', faults.unauthorized(), {}, { status: 403, code: 'needs_login' }],
    ['an overload', faults.siteOverloaded(), {}, { status: 503, code: 'server_is_overloaded' }],
    ['a request at fault', faults.contextTooLong(), {}, { status: 400, code: 'context_length_exceeded' }],
    ['an unknown model', undefined, { model: 'nobody-has-it' }, { status: 404, code: 'model_not_found' }],
  ];
  test.each(rows)('%s is an error of its class', async (_name, says, more, seen) => {
    const settings = { routing: { strategy: 'fill-first', affinity: false }, requestRetry: 0 };
    const scene = await relayStage({ accounts: ['one'], settings });
    if (says) scene.simulator.script('key-one', says);
    const asking = sdkOf(scene).responses.create({ ...hello, ...more });
    await expect(asking).rejects.toBeInstanceOf(APIError);
    await expect(asking).rejects.toMatchObject(seen);
  });

  test('a failure after content is a failed response, and no short answer', async () => {
    const scene = await relayStage();
    const sentence = { text: 'one two three four five six' };
    scene.simulator.script('key-one', faults.broken({ events: responses.contentEvents }, 'reset', sentence));
    const stream = sdkOf(scene).responses.stream(hello);
    const last: unknown[] = [];
    for await (const event of stream) last.push(event);
    expect(last.at(-1)).toMatchObject({
      type: 'response.failed',
      sequence_number: responses.contentEvents,
      response: { id: 'resp_sim_1', status: 'failed', error: { code: 'server_error' }, model: hello.model },
    });
  });
});

test('a client that reads the answer from the last event finds it there, though the upstream left it out', async () => {
  const scene = await relayStage();
  const part = { type: 'output_text', text: 'Hi', annotations: [] };
  const item = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [part] };
  const whole = { id: 'resp_1', object: 'response', model: responses.model, output: [] };
  const place = { output_index: 0, item_id: 'msg_1', content_index: 0 };
  const events = [
    { type: 'response.created', response: { ...whole, status: 'in_progress' } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...place, delta: 'Hi' },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...whole, status: 'completed' } },
  ];
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  scene.simulator.script('key-one', { kind: 'raw', body, pieceBytes: 50 });
  const final = await sdkOf(scene).responses.stream(hello).finalResponse();
  expect(final).toMatchObject({ status: 'completed', output: [item], output_text: 'Hi' });
});

import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { chat, gemini, messages, relayStage, responses, type RelayScene } from './relay-scene.ts';
import { generations } from './scene.ts';

const sdkOf = ({ rota }: RelayScene): OpenAI =>
  new OpenAI({ apiKey: rota.key, baseURL: `${rota.url}/v1`, maxRetries: 0 });

describe('texts and vectors', () => {
  test('vectors are asked of an account that has the model, and of the next where it fails', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.serverError());
    const { data } = await sdkOf(scene).embeddings.create({
      model: chat.model,
      input: 'a',
      encoding_format: 'float',
    });
    expect(data[0]?.embedding).toEqual([0.25, -0.5]);
    expect(generations(scene.simulator).map(({ path, label }) => [path, label])).toEqual([
      ['/v1/embeddings', 'one'],
      ['/v1/embeddings', 'two'],
    ]);
  });

  test('a text is completed, whole and streamed', async () => {
    const scene = await relayStage();
    const question = { model: chat.model, prompt: 'def ' };
    expect((await sdkOf(scene).completions.create(question)).choices[0]?.text).toBe('hello from one');
    let text = '';
    for await (const { choices } of await sdkOf(scene).completions.create({ ...question, stream: true }))
      text += choices[0]?.text ?? '';
    expect(text).toBe('hello from one');
  });

  describe.each(['openai-responses', 'anthropic-messages', 'gemini'])('over accounts of %s alone', (only) => {
    const question = { model: chat.model, prompt: 'def ' };

    test('a text is completed as what the user says, whole and streamed', async () => {
      const scene = await relayStage({ only: [only] });
      const whole = await sdkOf(scene).completions.create({ ...question, max_tokens: 20 });
      expect(whole).toMatchObject({
        object: 'text_completion',
        choices: [{ text: 'hello from one', finish_reason: 'stop' }],
      });
      let text = '';
      const asked = { ...question, stream: true, stream_options: { include_usage: true } } as const;
      let usage: unknown;
      for await (const chunk of await sdkOf(scene).completions.create(asked)) {
        text += chunk.choices[0]?.text ?? '';
        usage = chunk.usage ?? usage;
      }
      expect([text, usage]).toMatchObject(['hello from one', whole.usage ?? {}]);
      expect(JSON.stringify(generations(scene.simulator)[0]?.body)).toContain('def ');
    });

    test.each([
      ['suffix', { suffix: '}' }],
      ['prompt', { prompt: ['a', 'b'] }],
      ['echo', { echo: true }],
      ['logprobs', { logprobs: 2 }],
      ['n', { n: 2 }],
    ])('%s is refused by name', async (name, more) => {
      const scene = await relayStage({ only: [only] });
      const body = JSON.stringify({ ...question, ...more });
      const answer = await scene.ask(chat, { path: '/v1/completions', body });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { error: { param: name } }]);
      expect(scene.asked()).toEqual([]);
    });

    test('an error and a break are told as everywhere', async () => {
      const scene = await relayStage({ only: [only] });
      scene.simulator.script('key-one', faults.contextTooLong());
      const body = JSON.stringify({ ...question, stream: true });
      expect((await scene.ask(chat, { path: '/v1/completions', body })).status).toBe(400);
      scene.simulator.script(
        'key-one',
        faults.broken({ share: 0.7 }, 'reset', { text: 'one two three four' }),
      );
      const broken = await scene.ask(chat, { path: '/v1/completions', body });
      expect(broken.text).toMatch(/"text":".*one.*\n\ndata: \{"error":.*\}\n\n$/su);
      expect(broken.text).not.toContain('[DONE]');
    });
  });

  test('a stream of a text that breaks says so', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.broken({ events: 2 }, 'reset', { text: 'one two three' }));
    const body = JSON.stringify({ model: chat.model, prompt: 'def ', stream: true });
    const answer = await scene.ask(chat, { path: '/v1/completions', body });
    expect(answer.text).toMatch(/one.*\n\n.*two.*\n\ndata: \{"error":/u);
  });

  test('a model that nobody has is a 404', async () => {
    const scene = await relayStage();
    const body = JSON.stringify({ model: 'nobody-has-it', input: 'a' });
    expect((await scene.ask(chat, { path: '/v1/embeddings', body })).status).toBe(404);
  });
});

describe('a base URL with its version or without', () => {
  test.each(['', '/v1', '/v1/v1'])('%j leads to the same', async (base) => {
    const scene = await relayStage();
    for (const protocol of [chat, responses, messages]) {
      const path = base + protocol.path(false).slice('/v1'.length);
      expect((await scene.ask(protocol, { path })).status).toBe(200);
    }
    expect(generations(scene.simulator).map(({ path }) => path)).toEqual([
      chat.path(false),
      responses.path(false),
      messages.path(false),
    ]);
    const list = await scene.get(`${base}/models`);
    expect(JSON.parse(list.text)).toMatchObject({ object: 'list' });
  });
});

describe('GET /v1/models', () => {
  const shapes: readonly (readonly [string, Record<string, string>, object, object])[] = [
    ['by nothing', {}, { object: 'list' }, { object: 'model', id: messages.model }],
    [
      'by its version',
      { 'anthropic-version': '2023-06-01' },
      { has_more: false },
      { type: 'model', id: messages.model },
    ],
    [
      'by its key',
      { 'x-goog-api-key': 'KEY' },
      { models: expect.any(Array) as unknown },
      { name: `models/${messages.model}` },
    ],
    [
      'by its client',
      { 'x-goog-api-client': 'x' },
      { models: expect.any(Array) as unknown },
      { name: `models/${messages.model}` },
    ],
  ];
  test.each(shapes)('tells a protocol %s', async (_name, headers, list, one) => {
    const scene = await relayStage();
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('KEY', scene.rota.key)]),
    );
    const get = async (path: string) => scene.ask(chat, { method: 'GET', path, headers: sent });
    expect(JSON.parse((await get('/v1/models')).text)).toMatchObject(list);
    expect(JSON.parse((await get(`/v1/models/${messages.model}`)).text)).toMatchObject(one);
    const missing = await get('/v1/models/nobody');
    expect(missing.status).toBe(404);
    expect(missing.text).toContain("No account has a model 'nobody'");
  });

  test('has one shape under Gemini’s own path', async () => {
    const scene = await relayStage();
    const { text } = await scene.get('/v1beta/models');
    const { models } = JSON.parse(text) as { models: readonly { name: string }[] };
    expect(models.map(({ name }) => name)).toContain(`models/${gemini.model}`);
    expect(JSON.parse((await scene.get(`/v1beta/models/${gemini.model}`)).text)).toMatchObject({
      name: `models/${gemini.model}`,
      supportedGenerationMethods: expect.arrayContaining(['generateContent']) as unknown,
    });
    const wrong = await scene.ask(gemini, { method: 'DELETE', path: `/v1beta/models/${gemini.model}` });
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET, POST']);
  });
});

test('clients may look whether somebody is there, without a key', async () => {
  const scene = await relayStage();
  for (const path of ['/', '/api/hello']) {
    const seen = await scene.ask(messages, { method: 'HEAD', path, key: {} });
    expect([seen.status, seen.text]).toEqual([200, '']);
  }
});

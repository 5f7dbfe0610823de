import { GoogleGenAI } from '@google/genai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { vertexGemini } from '../../src/providers/vertex-gemini.ts';
import { startOneAccount, startOneAccountAt } from '../contract/one-account.ts';
import * as faults from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { send } from './client.ts';
import { answerFixtures, bytesOf } from './fixtures.ts';
import { generations } from './scene.ts';

const MODEL = 'gemini-3.8-flash';
const values = { project: 'my-project', location: 'global' };
const ABOVE = `/v1/projects/my-project/locations/global/publishers/google/models/${MODEL}`;
const SIGNATURE = 'c2ltdWxhdGVk';
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];

/** A daemon whose one account is Gemini on Vertex AI, as the simulator speaks it. */
async function scene() {
  const simulator = await startSimulator({ models: [MODEL, 'gemini-embedding-001'] });
  simulator.account('key-one', { label: 'one' });
  onTestFinished(async () => {
    expect(simulator.unexpected).toEqual([]);
    await simulator.close();
  });
  const { id } = vertexGemini;
  const { rota } = await startOneAccountAt(simulator.url, {
    provider: id,
    endpoint: { id, kind: id, baseUrl: vertexGemini.baseUrl?.(values) ?? '', values },
    key: 'key-one',
  });
  const ask = (path: string, body: object | string) =>
    send(rota.url + path, {
      headers: { authorization: `Bearer ${rota.key}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const sent = () => {
    const { path = '', body = '', headers = {} } = generations(simulator).at(-1) ?? {};
    return { path, body, headers };
  };
  return { simulator, rota, ask, sent };
}

const native = (method: string, model = MODEL) => `/v1beta/models/${model}:${method}`;

describe('Gemini on Vertex AI', () => {
  it.each(answerFixtures('gemini').filter(({ id, stream }) => stream && /^(?:19|20|21)/.test(id)))(
    'streams byte for byte, whatever it holds: $id',
    async ({ transcripts, requests }) => {
      const { simulator, ask, sent } = await scene();
      const stream = bytesOf(transcripts['gemini'] ?? { status: 200 }).toString();
      const headers = { 'content-type': 'text/event-stream' };
      simulator.script('key-one', { kind: 'raw', body: stream, headers, pieceBytes: 7 });
      const body = JSON.stringify(requests['gemini']?.body, undefined, 2);
      const answer = await ask(native('streamGenerateContent?alt=sse'), body);
      expect([answer.status, answer.text]).toEqual([200, stream]);
      expect(sent()).toMatchObject({ path: `${ABOVE}:streamGenerateContent?alt=sse`, body });
    },
  );

  it('is asked by its project, for which a person signed in', async () => {
    const { ask, sent } = await scene();
    expect((await ask(native('generateContent'), { contents })).status).toBe(200);
    expect(sent().path).toBe(`${ABOVE}:generateContent`);
    expect(sent().headers).toMatchObject({
      authorization: 'Bearer key-one',
      'x-goog-user-project': 'my-project',
    });
  });

  it('streams as one array, too', async () => {
    const { ask, sent } = await scene();
    const answer = await ask(native('streamGenerateContent'), { contents });
    expect(JSON.parse(answer.text)).toHaveProperty('0.candidates');
    expect(sent().path).toBe(`${ABOVE}:streamGenerateContent`);
  });

  it.each([`models%2F${MODEL}`, `publishers%2Fgoogle%2Fmodels%2F${MODEL}`, `vertex-gemini%2F${MODEL}`])(
    'finds the model in %s',
    async (model) => {
      const { ask, sent } = await scene();
      expect((await ask(native('generateContent', model), { contents })).status).toBe(200);
      expect(sent().path).toBe(`${ABOVE}:generateContent`);
    },
  );

  it('is told whose a turn is, and nothing else', async () => {
    const { ask, sent } = await scene();
    const body =
      '{ "contents": [{"parts":[{"text":"Hello"}]}], "generationConfig":{"seed":12345678901234567890}}';
    expect((await ask(native('generateContent'), body)).status).toBe(200);
    expect(sent().body).toBe(body.replace('{"parts"', '{"role":"user","parts"'));
  });

  it('has the signatures of its thoughts back', async () => {
    const { simulator, ask, sent } = await scene();
    const call = { name: 'read', arguments: '{"path":"a"}' };
    simulator.script('key-one', faults.answer({ toolCalls: [call] }));
    const tools = [{ functionDeclarations: [{ name: 'read' }] }];
    const first = JSON.parse((await ask(native('generateContent'), { contents, tools })).text) as {
      candidates: [{ content: object }];
    };
    const result = { functionResponse: { name: 'read', response: { output: 'b' } } };
    const said = [...contents, first.candidates[0].content, { role: 'user', parts: [result] }];
    expect((await ask(native('generateContent'), { contents: said, tools })).status).toBe(200);
    expect(sent().body).toContain(`"thoughtSignature":"${SIGNATURE}"`);
  });

  it('is spoken to in translation, and has the signatures back there, too', async () => {
    const { simulator, ask, sent } = await scene();
    const call = { name: 'read', arguments: '{"path":"a"}' };
    simulator.script('key-one', faults.answer({ toolCalls: [call] }));
    const hello = { role: 'user', content: 'Hello' };
    const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }];
    const chat = { model: `vertex-gemini/${MODEL}`, tools };
    const first = JSON.parse((await ask('/v1/chat/completions', { ...chat, messages: [hello] })).text) as {
      choices: [{ message: { tool_calls: [{ id: string }] } }];
    };
    expect(sent().path).toBe(`${ABOVE}:generateContent`);
    const { message } = first.choices[0];
    const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'b' };
    const second = await ask('/v1/chat/completions', {
      ...chat,
      stream: true,
      messages: [hello, message, result],
    });
    expect(second.text).toContain('"content":"hello');
    expect(sent().path).toBe(`${ABOVE}:streamGenerateContent?alt=sse`);
    expect(sent().body).toContain(`"thoughtSignature":"${SIGNATURE}"`);
  });

  it.each([
    ['as it is', { contents }],
    ['without a frame', { generateContentRequest: { model: `models/${MODEL}`, contents, toolConfig: {} } }],
  ])('counts %s', async (_, body) => {
    const { simulator, ask } = await scene();
    const answer = await ask(native('countTokens'), body);
    expect([answer.status, answer.text]).toEqual([200, '{"totalTokens":5}']);
    expect(answer.headers).not.toHaveProperty('x-rota-estimated');
    const { path, body: asked } = simulator.calls.find(({ kind }) => kind === 'count') ?? {
      path: '',
      body: '',
    };
    expect([path, JSON.parse(asked)]).toEqual([`${ABOVE}:countTokens`, { contents }]);
  });

  it.each(['embedContent', 'batchEmbedContents'])(
    'says that it has no %s, and is not asked',
    async (method) => {
      const { simulator, ask } = await scene();
      const answer = await ask(native(method, 'gemini-embedding-001'), { content: contents[0] });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
        400,
        {
          error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining(`no '${method}'`) as string },
        },
      ]);
      expect(simulator.calls.filter((call) => call.method === 'POST')).toEqual([]);
    },
  );

  it('leaves vectors to an account of the Gemini API', async () => {
    const { id } = vertexGemini;
    const { rota, server } = await startOneAccount({
      provider: id,
      endpoint: { id, kind: id, baseUrl: vertexGemini.baseUrl?.(values) ?? '', values },
      key: 'key-one',
      next: { provider: 'gemini', key: 'key-two' },
      answer: ({ path }) => {
        if (path.startsWith('/v1beta/models?')) {
          const models = [MODEL, 'gemini-else'].map((model) => ({
            name: `models/${model}`,
            supportedGenerationMethods: ['generateContent', 'embedContent'],
          }));
          return { body: { models } };
        }
        return path.includes('?')
          ? { body: { publisherModels: [{ name: `publishers/google/models/${MODEL}` }] } }
          : { body: { embedding: { values: [0.5] } } };
      },
    });
    const headers = { authorization: `Bearer ${rota.key}`, 'content-type': 'application/json' };
    const list = async () => (await send(`${rota.url}/v1/models`, { method: 'GET', headers })).text;
    await expect.poll(list).toContain('gemini-else');
    const answer = await send(rota.url + native('embedContent'), {
      headers,
      body: JSON.stringify({ content: contents[0] }),
    });
    expect([answer.status, answer.text]).toEqual([200, '{"embedding":{"values":[0.5]}}']);
    expect(server.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
      native('embedContent'),
    ]);
    expect(answer.headers).toMatchObject({ 'x-rota-account': 'two' });
  });
});

describe("Google's SDK in its manner for Vertex AI", () => {
  const sdkOf = ({ rota }: Awaited<ReturnType<typeof scene>>) =>
    new GoogleGenAI({ vertexai: true, apiKey: rota.key, httpOptions: { baseUrl: rota.url } });

  it.each([MODEL, `publishers/google/models/${MODEL}`, `models/${MODEL}`, `vertex-gemini/${MODEL}`])(
    'is answered, whole and streamed, where it names the model %s',
    async (model) => {
      const here = await scene();
      const { models } = sdkOf(here);
      expect((await models.generateContent({ model, contents: 'Hello' })).text).toBe('hello from one');
      expect(here.sent()).toMatchObject({
        path: `${ABOVE}:generateContent`,
        body: JSON.stringify({ contents }),
      });
      let text = '';
      for await (const chunk of await models.generateContentStream({ model, contents: 'Hello' })) {
        text += chunk.text ?? '';
      }
      expect(text).toBe('hello from one');
    },
  );

  it('counts what it counts there, and asks for a model', async () => {
    const here = await scene();
    const { models } = sdkOf(here);
    const config = { systemInstruction: 'Be brief.', tools: [{ functionDeclarations: [{ name: 'read' }] }] };
    expect(await models.countTokens({ model: MODEL, contents: 'Hello', config })).toMatchObject({
      totalTokens: 5,
    });
    const { body } = here.simulator.calls.find(({ kind }) => kind === 'count') ?? { body: '{}' };
    expect(Object.keys(JSON.parse(body) as object).toSorted()).toEqual([
      'contents',
      'systemInstruction',
      'tools',
    ]);
    expect(await models.get({ model: MODEL })).toMatchObject({ name: `models/${MODEL}` });
  });

  it.each([
    `/v1beta1/projects/p/locations/l/publishers/google/models/${MODEL}:generateContent`,
    `/v1/projects/p/locations/l/publishers/google/models/${MODEL}:generateContent`,
    `/v1beta1/publishers/google/models/${MODEL}:generateContent`,
    `/v1/publishers/google/models/${MODEL}:generateContent`,
  ])('%s is the same', async (path) => {
    const { ask, sent } = await scene();
    expect((await ask(path, { contents })).status).toBe(200);
    expect(sent().path).toBe(`${ABOVE}:generateContent`);
  });

  it.each([
    '/v1beta1/projects/p/locations/l/publishers/anthropic/models/claude-opus-5-5:rawPredict',
    '/v1/projects/p/locations/l/endpoints/openapi/chat/completions',
    '/v1/publishers/google/models/x:predict',
    '/v1/publishers/anthropic/models/claude-opus-5-5:rawPredict',
  ])('%s is nothing, which is told in its words', async (path) => {
    const { ask } = await scene();
    const answer = await ask(path, { contents });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([404, { error: { status: 'NOT_FOUND' } }]);
  });

  it.each([
    '/v1beta1/publishers/google',
    '/v1/publishers/google',
    '/v1/projects/p/locations/l/publishers/google',
  ])('a wrong key on %s is told in its words', async (base) => {
    const { rota } = await scene();
    const answer = await send(`${rota.url}${base}/models/${MODEL}:generateContent`, {
      headers: { 'x-goog-api-key': 'rota_wrong', 'content-type': 'application/json' },
      body: JSON.stringify({ contents }),
    });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      401,
      { error: { status: 'UNAUTHENTICATED' } },
    ]);
  });
});

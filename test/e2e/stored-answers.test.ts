import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { send, type Received } from './client.ts';
import { errorOf, stage, type Scene } from './scene.ts';

const model = 'gpt-5.5';

/** A vendor that keeps answers, each for the key that asked for it. */
async function vendor(): Promise<{ readonly url: string; readonly calls: readonly string[] }> {
  const kept = new Map<string, string>();
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const key = String(request.headers.authorization).replace('Bearer ', '');
    const { method = '', url = '' } = request;
    const tell = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    request.resume().on('end', () => {
      calls.push(`${key} ${method} ${url}`);
      if (method === 'POST' && url === '/responses') {
        const id = `resp_${kept.size}`;
        kept.set(id, key);
        const content = [{ type: 'output_text', text: `from ${key}`, annotations: [] }];
        const output = [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }];
        return tell(200, { id, object: 'response', status: 'completed', output });
      }
      const [, id = '', rest] = /^\/responses\/([\w-]+)(.*)$/u.exec(url) ?? [];
      if (kept.get(id) !== key)
        return tell(404, { error: { message: `Response with id '${id}' not found.` } });
      if (method === 'DELETE') return tell(200, { id, object: 'response.deleted', deleted: true });
      if (rest?.startsWith('/input_items')) return tell(200, { object: 'list', data: [] });
      const error = { code: 'server_error', message: 'It broke.' };
      return tell(200, { id, object: 'response', status: 'failed', error, output: [] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

async function scene(
  labels: readonly string[],
): Promise<Scene & { ask(method: string, path: string): Promise<Received>; calls: readonly string[] }> {
  const { url, calls } = await vendor();
  const made = await stage({
    accounts: labels.map((label) => ({ label, provider: 'lab', models: [model] })),
    settings: {
      routing: { strategy: 'round-robin', affinity: false },
      providers: { lab: { models: [model], protocols: { 'openai-responses': url } } },
    },
  });
  const ask = async (method: string, path: string) =>
    send(made.rota.url + path, { method, headers: { authorization: `Bearer ${made.rota.key}` } });
  return Object.assign(Object.create(made) as Scene, { ask, calls });
}

const sdkOf = ({ rota }: Scene): OpenAI =>
  new OpenAI({ apiKey: rota.key, baseURL: `${rota.url}/v1`, maxRetries: 0 });

describe('an answer that is stored', () => {
  test('is asked for, cancelled and deleted with the account that gave it', async () => {
    const made = await scene(['one', 'two']);
    const { responses } = sdkOf(made);
    const ids = [];
    for (const input of ['a', 'b', 'c']) ids.push((await responses.create({ model, input })).id);
    for (const id of ids.toReversed()) {
      expect(await responses.retrieve(id)).toMatchObject({ id, status: 'failed' });
      expect((await responses.inputItems.list(id)).data).toEqual([]);
      expect(await responses.cancel(id)).toMatchObject({ id });
      await responses.delete(id);
    }
    const [first] = ids;
    expect(made.calls.filter((call) => call.includes(`/${first}`)).toSorted()).toEqual([
      `key-one DELETE /responses/${first}`,
      `key-one GET /responses/${first}`,
      `key-one GET /responses/${first}/input_items`,
      `key-one POST /responses/${first}/cancel`,
    ]);
    expect(made.calls).toContain(`key-two GET /responses/${ids[1]}`);
  });

  test('is a 404 in the vendor’s shape where nobody knows whose it is', async () => {
    const made = await scene(['one', 'two']);
    const answer = await made.ask('GET', '/v1/responses/resp_unknown');
    expect([answer.status, errorOf(answer)]).toMatchObject([
      404,
      { type: 'invalid_request_error', message: expect.stringContaining('resp_unknown') as string },
    ]);
    expect(made.calls).toEqual([]);
  });

  test('is asked of the only account that can have it, whose own words go on', async () => {
    const made = await scene(['one']);
    const answer = await made.ask('GET', '/v1/responses/resp_older');
    expect([answer.status, errorOf(answer).message]).toEqual([
      404,
      "Response with id 'resp_older' not found.",
    ]);
    expect(made.calls).toEqual(['key-one GET /responses/resp_older']);
  });

  test('is asked with what the query may say, and nothing else', async () => {
    const made = await scene(['one']);
    await made.ask('GET', '/responses/resp_1?include[]=a&key=secret&stream=false&x=1');
    expect(made.calls).toEqual(['key-one GET /responses/resp_1?include%5B%5D=a&stream=false']);
  });

  test.each([
    ['GET', '/v1/responses/resp_1/other', 404],
    ['GET', '/v1/responses/..%2Fmodels', 404],
    ['GET', '/v1/responses/resp_1%3Fa%3Db', 404],
    ['PUT', '/v1/responses/resp_1', 405],
    ['GET', '/v1/responses/compact', 405],
  ])('%s %s is none', async (method, path, status) => {
    const made = await scene(['one']);
    expect((await made.ask(method, path)).status).toBe(status);
    expect(made.calls).toEqual([]);
  });

  test('is nobody’s without the key', async () => {
    const made = await scene(['one']);
    expect((await send(`${made.rota.url}/v1/responses/resp_1`, { method: 'GET' })).status).toBe(401);
  });
});

test('a stored chat completion is a 404: the vendor keeps them for its own pages', async () => {
  const made = await scene(['one']);
  const answer = await made.ask('GET', '/v1/chat/completions/chatcmpl-1');
  expect([answer.status, errorOf(answer)]).toMatchObject([404, { type: 'invalid_request_error' }]);
});

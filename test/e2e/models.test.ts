import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { errorOf, generations, MODEL, stage } from './scene.ts';

const slashed = 'meta-llama/Llama-4:free';
const ids = ({ text }: { readonly text: string }): readonly string[] =>
  (JSON.parse(text) as { data: readonly { id: string }[] }).data.map(({ id }) => id);
const accounts = [
  { label: 'one', models: [MODEL, slashed] },
  { label: 'two', models: [MODEL, 'gpt-5.5-mini'] },
];

describe('GET /v1/models', () => {
  test('has the models of all accounts, each once, and the aliases', async () => {
    const settings = { models: { aliases: { quick: 'gpt-5.5-mini' } } };
    const scene = await stage({ accounts, settings });
    const answer = await scene.get('/v1/models');
    expect(answer.status).toBe(200);
    expect(ids(answer)).toEqual([MODEL, 'gpt-5.5-mini', slashed, 'quick']);
    expect(JSON.parse(answer.text)).toMatchObject({
      object: 'list',
      data: [
        { object: 'model', created: expect.any(Number) as number, owned_by: expect.any(String) as string },
        {},
        {},
        {},
      ],
    });
    const listed: string[] = [];
    for await (const { id } of scene.sdk().models.list()) listed.push(id);
    expect(listed).toEqual(ids(answer));
  });

  test('says in each protocol how much a model takes, as its provider told', async () => {
    const scene = await stage({ accounts: [{ label: 'one', models: [MODEL] }] });
    const told = { id: MODEL, context_length: 400_000, max_completion_tokens: 128_000 };
    scene.simulator.always('key-one', {
      on: 'models',
      kind: 'raw',
      body: Buffer.from(JSON.stringify({ object: 'list', data: [told] })),
      headers: { 'content-type': 'application/json' },
    });
    await scene.restart();
    await expect
      .poll(async () => JSON.parse((await scene.get('/v1/models')).text) as object)
      .toMatchObject({ data: [told] });
    const list = async (headers: Record<string, string>) => {
      const answer = await fetch(`${scene.rota.url}/v1/models`, { headers });
      return (await answer.json()) as object;
    };
    const key = scene.rota.key;
    expect(await list({ 'x-api-key': key, 'anthropic-version': '2023-06-01' })).toMatchObject({
      data: [{ id: MODEL, max_input_tokens: 400_000, max_tokens: 128_000 }],
    });
    expect(await list({ 'x-goog-api-key': key })).toMatchObject({
      models: [{ name: `models/${MODEL}`, inputTokenLimit: 400_000, outputTokenLimit: 128_000 }],
    });
  });

  test('gives one by its id, slashes and all, and says which are unknown', async () => {
    const scene = await stage({ accounts });
    for (const path of [slashed, encodeURIComponent(slashed)]) {
      const answer = await scene.get(`/v1/models/${path}`);
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { id: slashed, object: 'model' }]);
    }
    const unknown = await scene.get('/v1/models/nobody/has-it');
    expect([unknown.status, errorOf(unknown).code]).toEqual([404, 'model_not_found']);
  });

  test('takes up an account that was added, and leaves out one that was disabled', async () => {
    const scene = await stage({ accounts });
    const { records, url, adminKey } = scene.rota;
    await scene.get('/v1/models');
    await records.change((content) => ({
      ...content,
      accounts: content.accounts.map((one) => (one.label === 'two' ? { ...one, enabled: false } : one)),
    }));
    await fetch(`${url}/-/reload`, { method: 'POST', headers: { authorization: `Bearer ${adminKey}` } });
    expect(ids(await scene.get('/v1/models'))).toEqual([MODEL, slashed]);
  });

  test('an upstream that does not answer delays neither the list for long nor a request to another one', async () => {
    const slow = await startSimulator();
    slow.account('key-slow', { models: ['slow-model'] });
    const scene = await stage({ accounts: [{ label: 'slow', upstream: `${slow.url}/v1` }, ...accounts] });
    slow.always('key-slow', { on: 'models', ...faults.nothing('hang') });
    await scene.restart();
    const began = performance.now();
    expect((await scene.chat()).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(ids(await scene.get('/v1/models'))).toEqual([MODEL, 'gpt-5.5-mini', slashed]);
    expect(performance.now() - began).toBeLessThan(20_000);
    await slow.close();
  });
});

describe('which accounts a model goes to', () => {
  test('only those that have it', async () => {
    const scene = await stage({ accounts });
    expect((await scene.chat({ model: 'gpt-5.5-mini' })).headers['x-rota-account']).toBe('two');
    expect((await scene.chat({ model: slashed })).headers['x-rota-account']).toBe('one');
    expect(generations(scene.simulator).at(-1)?.body).toContain(`"model":"${slashed}"`);
  });

  test('a provider before the model picks that provider', async () => {
    const other = await startSimulator();
    other.account('key-far', { label: 'far', models: [MODEL, slashed] });
    const scene = await stage({ accounts: ['one', { label: 'far', upstream: `${other.url}/v1` }] });
    expect((await scene.chat()).headers['x-rota-account']).toBe('one');
    const far = `sim-${new URL(other.url).port}`;
    for (const model of [MODEL, slashed]) {
      expect((await scene.chat({ model: `${far}/${model}` })).headers['x-rota-account']).toBe('far');
      expect(JSON.parse(generations(other).at(-1)?.body ?? '')).toMatchObject({ model });
    }
    const missing = await scene.chat({ model: `${far}/nobody-has-it` });
    expect([missing.status, errorOf(missing).code]).toEqual([404, 'model_not_found']);
    expect(other.unexpected).toEqual([]);
    await other.close();
  });

  test('an alias may have the name of a model that nobody has', async () => {
    const scene = await stage({ accounts, settings: { models: { aliases: { 'gpt-5': 'gpt-5.5-mini' } } } });
    const answer = await scene.chat({ model: 'gpt-5' });
    expect([answer.status, answer.headers['x-rota-account']]).toEqual([200, 'two']);
  });

  test('a name longer than any is not repeated, and not remembered', async () => {
    const scene = await stage({ accounts });
    const answer = await scene.chat({ model: 'x'.repeat(1_000_000) });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'model_not_found']);
    expect(answer.body.length).toBeLessThan(1000);
    expect(Math.max(...scene.rota.logLines.map((line) => line.length))).toBeLessThan(1000);
    const why = await fetch(`${scene.rota.url}/-/why`, {
      headers: { authorization: `Bearer ${scene.rota.adminKey}` },
    });
    expect((await why.text()).length).toBeLessThan(2000);
  });

  test.each(['constructor', '__proto__', 'toString'])('%s is a name like any other', async (model) => {
    const scene = await stage({ accounts });
    const answer = await scene.chat({ model });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'model_not_found']);
  });
});

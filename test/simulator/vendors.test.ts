import { createHash } from 'node:crypto';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Simulator } from './simulator.ts';
import { start, sdk, HELLO, ask, type Asked } from './test-client.ts';

describe('model lists', () => {
  const get = (path: string, headers: Record<string, string> = {}): Asked => ({
    method: 'GET',
    path,
    headers,
  });

  test("OpenAI's, through the SDK", async () => {
    const simulator = await start({ models: ['gpt-5.5', 'vendor/with-slash'] });
    const list = await sdk(simulator).models.list();
    expect(list.data.map((model) => [model.id, model.object])).toEqual([
      ['gpt-5.5', 'model'],
      ['vendor/with-slash', 'model'],
    ]);
    expect((await sdk(simulator).models.retrieve('vendor/with-slash')).id).toBe('vendor/with-slash');
    await expect(sdk(simulator).models.retrieve('none')).rejects.toMatchObject({ status: 404 });
    expect(simulator.unexpected).toEqual([]);
  });

  test("OpenRouter's, which is public", async () => {
    const simulator = await start({ models: ['openai/gpt-5.5'] });
    const seen = await fetch(`${simulator.url}/api/v1/models`);
    expect(await seen.json()).toMatchObject({ data: [{ id: 'openai/gpt-5.5', context_length: 400_000 }] });
    expect(simulator.unexpected).toEqual([]);
  });

  test("Anthropic's, page by page", async () => {
    const simulator = await start({ models: ['a', 'b', 'c'] });
    const headers = { 'x-api-key': 'sk-a', 'anthropic-version': '2023-06-01' };
    const read = async (query: string): Promise<unknown> =>
      (await fetch(`${simulator.url}/v1/models${query}`, { headers })).json();
    expect(await read('?limit=2')).toMatchObject({
      data: [{ type: 'model', id: 'a' }, { id: 'b' }],
      has_more: true,
      first_id: 'a',
      last_id: 'b',
    });
    expect(await read('?limit=2&after_id=b')).toMatchObject({ data: [{ id: 'c' }], has_more: false });
    expect(simulator.unexpected).toEqual([]);
    const bare = await fetch(`${simulator.url}/v1/models`, { headers: { 'x-api-key': 'sk-a' } });
    expect(bare.status).toBe(400);
    expect(simulator.unexpected).toHaveLength(1);
  });

  test("Gemini's, and its OpenAI-compatible side", async () => {
    const simulator = await start({ models: ['a', 'b', 'c'] });
    const headers = { 'x-goog-api-key': 'sk-a' };
    const first = await fetch(`${simulator.url}/v1beta/models?pageSize=2`, { headers });
    expect(await first.json()).toMatchObject({
      models: [{ name: 'models/a' }, { name: 'models/b' }],
      nextPageToken: '2',
    });
    const second = await fetch(`${simulator.url}/v1beta/models?pageSize=2&pageToken=2`, { headers });
    expect(await second.json()).toEqual({ models: [expect.objectContaining({ name: 'models/c' })] });
    const compatible = new OpenAI({
      apiKey: 'sk-a',
      baseURL: `${simulator.url}/v1beta/openai`,
      maxRetries: 0,
    });
    const said = await compatible.chat.completions.create({ ...HELLO, model: 'a' });
    expect(said.choices[0]?.message.content).toBe('hello from work');
    expect((await compatible.models.list()).data[0]?.object).toBe('model');
    expect(simulator.unexpected).toEqual([]);
    const wrong = await ask(simulator, { ...get('/v1beta/models'), headers: { authorization: 'Bearer no' } });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('"reason":"API_KEY_INVALID"');
  });
});

describe("OpenRouter's sign-in", () => {
  const verifier = 'v'.repeat(43);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const callback = 'http://127.0.0.1:5555/nonce-1/callback?x=1';

  async function page(simulator: Simulator, query: Record<string, string>): Promise<Response> {
    return fetch(`${simulator.url}/auth?${new URLSearchParams(query).toString()}`, { redirect: 'manual' });
  }
  async function exchange(simulator: Simulator, body: object): Promise<Response> {
    return fetch(`${simulator.url}/api/v1/auth/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code_challenge_method: 'S256', ...body }),
    });
  }
  const opened = { callback_url: callback, code_challenge: challenge, code_challenge_method: 'S256' };

  test('a code is exchanged once, for a key that then works', async () => {
    const simulator = await start();
    simulator.account('sk-or-1', { label: 'router', quota: { requests: 9, windowMs: 1000 } });
    simulator.signInAs('sk-or-1', 'user_7');
    const redirected = await page(simulator, opened);
    expect(redirected.status).toBe(302);
    const target = new URL(redirected.headers.get('location') ?? '');
    expect([target.origin + target.pathname, target.searchParams.get('x')]).toEqual([
      'http://127.0.0.1:5555/nonce-1/callback',
      '1',
    ]);
    const code = target.searchParams.get('code');
    const signed = await exchange(simulator, { code, code_verifier: verifier });
    expect(await signed.json()).toEqual({ key: 'sk-or-1', user_id: 'user_7' });
    const again = await exchange(simulator, { code, code_verifier: verifier });
    expect([again.status, await again.json()]).toEqual([
      403,
      { error: { code: 403, message: 'Invalid code or code_verifier.' } },
    ]);
    const router = new OpenAI({ apiKey: 'sk-or-1', baseURL: `${simulator.url}/api/v1`, maxRetries: 0 });
    expect((await router.chat.completions.create(HELLO)).choices[0]?.message.content).toBe(
      'hello from router',
    );
    const key = await fetch(`${simulator.url}/api/v1/key`, { headers: { authorization: 'Bearer sk-or-1' } });
    expect(await key.json()).toMatchObject({
      data: { label: 'router', limit: 9, limit_remaining: 8, usage: 1 },
    });
    expect(simulator.unexpected).toEqual([]);
    expect(simulator.calls.map((call) => call.kind)).toEqual([
      'authorize',
      'exchange',
      'exchange',
      'generate',
      'key',
    ]);
  });

  test('without a callback the page shows the code; without a plan the key is made up', async () => {
    const simulator = await start();
    const { callback_url: _, ...headless } = opened;
    const code = /<code>(.*?)<\/code>/u.exec(await (await page(simulator, headless)).text())?.[1];
    const signed = await exchange(simulator, { code, code_verifier: verifier });
    expect(await signed.json()).toEqual({ key: 'sk-or-v1-sim-1', user_id: 'user_sim_1' });
  });

  test('a verifier that does not fit, an old code, and a page without a challenge are refused', async () => {
    let now = 0;
    const simulator = await start({ now: () => now });
    const codeOf = async (): Promise<string | null> =>
      new URL((await page(simulator, opened)).headers.get('location') ?? '').searchParams.get('code');
    const old = await codeOf();
    now += 600_000;
    expect((await exchange(simulator, { code: old, code_verifier: verifier })).status).toBe(403);
    expect(simulator.unexpected).toEqual([]);
    const misfit = await exchange(simulator, { code: await codeOf(), code_verifier: 'w'.repeat(43) });
    expect(misfit.status).toBe(403);
    expect((await page(simulator, { callback_url: callback })).status).toBe(400);
    expect(simulator.unexpected.map(({ problem }) => problem)).toEqual([
      'The verifier does not fit the challenge.',
      'The sign-in page was opened without an S256 challenge.',
    ]);
  });
});

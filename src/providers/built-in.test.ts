import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';

const key = new Secret('KEY');
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);

describe('what a list says of a model', () => {
  const openAiList = { read: (entry: object) => openai.modelList?.parse({ data: [entry] }) };
  const anthropicList = { read: (entry: object) => anthropic.modelList?.parse({ data: [entry] }) };
  const generates = { supportedGenerationMethods: ['generateContent'] };
  it.each([
    {
      name: 'as OpenRouter',
      ...openAiList,
      entry: {
        context_length: 400_000,
        architecture: { input_modalities: ['text', 'image', 7] },
        top_provider: { max_completion_tokens: 128_000 },
      },
      said: { contextTokens: 400_000, maxOutputTokens: 128_000, inputs: ['text', 'image'] },
    },
    {
      name: 'as Groq',
      ...openAiList,
      entry: { context_window: 131_072, max_completion_tokens: 32_768 },
      said: { contextTokens: 131_072, maxOutputTokens: 32_768 },
    },
    {
      name: 'as Mistral',
      ...openAiList,
      entry: { max_context_length: 32_768 },
      said: { contextTokens: 32_768 },
    },
    { name: 'as vLLM', ...openAiList, entry: { max_model_len: 8192 }, said: { contextTokens: 8192 } },
    {
      name: 'as Anthropic',
      ...anthropicList,
      entry: { max_input_tokens: 200_000, max_tokens: 64_000 },
      said: { contextTokens: 200_000, maxOutputTokens: 64_000 },
    },
    {
      name: 'as Gemini',
      read: (entry: object) => gemini.modelList?.parse({ models: [{ ...entry, name: 'models/x' }] }),
      entry: { ...generates, inputTokenLimit: 1_048_576, outputTokenLimit: 65_536 },
      said: { contextTokens: 1_048_576, maxOutputTokens: 65_536 },
    },
    {
      name: 'nothing that is a number',
      ...openAiList,
      entry: { context_length: null, max_completion_tokens: 'many', architecture: 'text' },
      said: {},
    },
  ])('$name', ({ read, entry, said }) => {
    expect(read({ id: 'x', ...entry })).toEqual([{ id: 'x', ...said }]);
  });
});

describe('OpenRouter', () => {
  it('is signed in to in the browser first, and knows the account by the user id', () => {
    expect(openrouter.login.map(({ kind }) => kind)).toEqual(['authorization-code', 'api-key']);
    expect(openrouter.login[0]).toMatchObject({
      authorizationEndpoint: 'https://openrouter.ai/auth',
      tokenEndpoint: 'https://openrouter.ai/api/v1/auth/keys',
      keyExchange: { callbackParameter: 'callback_url', keyField: 'key' },
    });
    expect(openrouter.identify({ kind: 'key', key, fields: { user_id: 'user_1' } })).toEqual({
      id: 'user_1',
    });
    expect(openrouter.identify({ kind: 'key', key, fields: { user_id: null } })).toEqual({});
  });

  it('reads its list of models', () => {
    const body = { data: [{ id: 'acme/one', created: 1_700_000_000, name: 'One' }, { name: 'no id' }] };
    expect(openrouter.modelList?.parse(body)).toEqual([{ id: 'acme/one', created: 1_700_000_000 }]);
  });

  it('takes flagged input for the fault of the request', () => {
    const error = { code: 403, message: 'Flagged', metadata: { reasons: ['violence'], flagged_input: 'x' } };
    const answer = { status: 403, headers: {}, body: JSON.stringify({ error }), model: 'm', now: NOW };
    expect(openrouter.classify(answer)).toMatchObject({ kind: 'request', scope: 'request' });
  });

  it('reads the reset, in milliseconds, that it repeats in the body', () => {
    const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(NOW + 60_000) };
    const body = JSON.stringify({
      error: { code: 429, message: 'free-models-per-day', metadata: { headers } },
    });
    const answer = { status: 429, headers: {}, body, model: 'm', now: NOW };
    expect(openrouter.classify(answer)).toMatchObject({ kind: 'throttle', waitMs: 60_000 });
    const waiting = { ...answer, headers: { 'retry-after': '5' } };
    expect(openrouter.classify(waiting)).toMatchObject({ kind: 'throttle', scope: 'account', waitMs: 5000 });
  });
});

describe('OpenAI', () => {
  it('reads its list of models', () => {
    const body = { object: 'list', data: [{ id: 'gpt-x', owned_by: 'system', created: 1_700_000_000 }] };
    expect(openai.modelList?.parse(body)).toEqual([
      { id: 'gpt-x', ownedBy: 'system', created: 1_700_000_000 },
    ]);
  });

  it('refuses a token of ChatGPT, with the way that is allowed and without the token', () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl';
    for (const pasted of [token, ` ${token}\n`, `Bearer ${token}`]) {
      const refusal = openai.refuseKey(new Secret(pasted));
      expect(refusal).toMatch(/reserve.+https:\/\/platform\.openai\.com\/api-keys/);
      expect(refusal).not.toContain('eyJ');
    }
    expect(openai.refuseKey(new Secret('sk-proj-abc'))).toBeUndefined();
  });

  it('says nothing of its throttle where the body speaks of money or capacity', () => {
    const answer = { status: 429, headers: { 'retry-after': '5' }, model: 'm', now: NOW };
    const kinds = ['insufficient_quota', 'server_is_overloaded', 'usage_not_included', 'slow_down'].map(
      (code) => openai.classify({ ...answer, body: JSON.stringify({ error: { code } }) }).kind,
    );
    expect(kinds).toEqual(['billing', 'overload', 'capability', 'throttle']);
  });
});

describe('Anthropic', () => {
  it('has its key where each of its protocols wants it', () => {
    expect(anthropic.authorize('anthropic-messages', key)).toEqual({
      'x-api-key': 'KEY',
      'anthropic-version': '2023-06-01',
    });
    expect(anthropic.authorize('openai-chat', key)).toEqual({ authorization: 'Bearer KEY' });
    expect(anthropic.modelList?.protocol).toBe('anthropic-messages');
  });

  it('reads its list of models', () => {
    const body = {
      data: [
        { type: 'model', id: 'claude-x', display_name: 'X', created_at: '2026-01-02T00:00:00Z' },
        { type: 'model', id: 'claude-y', created_at: 'unknown' },
      ],
      has_more: false,
    };
    expect(anthropic.modelList?.parse(body)).toEqual([
      { id: 'claude-x', created: Date.UTC(2026, 0, 2) / 1000 },
      { id: 'claude-y' },
    ]);
  });

  it('refuses tokens of a subscription, with the way that is allowed', () => {
    for (const pasted of ['sk-ant-oat01-abc', 'sk-ant-ort01-abc', 'sk-ant-sid01-abc']) {
      expect(anthropic.refuseKey(new Secret(pasted))).toMatch(/reserves.+API key at https:/);
    }
    expect(anthropic.refuseKey(new Secret('sk-ant-api03-abc'))).toBeUndefined();
  });

  it('rests an organisation that is on hold, though it says so with a 400', () => {
    const error = {
      type: 'invalid_request_error',
      message: 'On hold',
      details: { error_code: 'organization_on_hold' },
    };
    const answer = { status: 400, headers: {}, body: JSON.stringify({ error }), model: 'm', now: NOW };
    expect(anthropic.classify(answer)).toMatchObject({ kind: 'policy', scope: 'account' });
  });
});

describe('Gemini', () => {
  it('has its key where each of its protocols wants it, never in the address', () => {
    expect(gemini.authorize('gemini', key)).toEqual({ 'x-goog-api-key': 'KEY' });
    expect(gemini.authorize('openai-chat', key)).toEqual({ authorization: 'Bearer KEY' });
    expect(gemini.modelList?.protocol).toBe('gemini');
  });

  it('reads from its list the models that generate content', () => {
    const body = {
      models: [
        { name: 'models/gemini-x', supportedGenerationMethods: ['generateContent', 'countTokens'] },
        { name: 'models/embed-x', supportedGenerationMethods: ['embedContent'] },
        { name: 'models/odd' },
      ],
    };
    expect(gemini.modelList?.parse(body)).toEqual([{ id: 'gemini-x' }]);
  });

  it('refuses an access token, with the way that is allowed', () => {
    expect(gemini.refuseKey(new Secret('ya29.a0Abc'))).toMatch(/https:\/\/aistudio\.google\.com\/apikey/);
    expect(gemini.refuseKey(new Secret('AIzaSyAbc'))).toBeUndefined();
  });

  it('counts each model apart, whichever way it names the wait', () => {
    const answer = { status: 429, headers: { 'retry-after': '5' }, body: '', model: 'm', now: NOW };
    expect(gemini.classify(answer)).toMatchObject({ kind: 'throttle', scope: 'account-model', waitMs: 5000 });
  });
});

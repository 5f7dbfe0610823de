import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { anthropic } from './anthropic.ts';
import { huggingface } from './huggingface.ts';
import { lmstudio } from './lmstudio.ts';
import { moonshot } from './moonshot.ts';
import { ollama } from './ollama.ts';
import { poe } from './poe.ts';
import type { Provider } from './provider.ts';
import { builtInProviders } from './registry.ts';
import { together } from './together.ts';
import { vllm } from './vllm.ts';
import { xai } from './xai.ts';
import { zai } from './zai.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const JWT = new Secret('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln');

function kindOf({ classify }: Provider, status: number, error: object): string {
  const { kind, scope } = classify({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error }),
    model: 'm',
    now: NOW,
  });
  return `${kind} ${scope}`;
}

describe('Z.ai', () => {
  it.each([
    ['1302', 'Rate limit reached for requests', 'throttle account-model'],
    ['1113', 'Insufficient balance or no resource package. Please recharge.', 'billing account'],
    ['1309', 'Your plan has expired', 'billing account'],
    ['1112', 'Your account has been locked', 'policy account'],
    ['1121', 'Account locked for irregularities', 'policy account'],
    ['1301', 'System detected potentially unsafe content', 'request request'],
    ['1304', 'Daily call limit reached', 'window-spent account'],
  ])('means by its code %s in a 429: %s', (code, message, expected) => {
    expect(kindOf(zai, 429, { code, message })).toBe(expected);
  });
});

describe('Together', () => {
  it('reads a bare list, and one in an object', () => {
    const entry = { id: 'acme/one', object: 'model', created: 1_700_000_000, type: 'chat' };
    expect(together.modelList?.parse([entry])).toEqual([{ id: 'acme/one', created: 1_700_000_000 }]);
    expect(together.modelList?.parse({ data: [entry] })).toHaveLength(1);
  });

  it('says with a 403 that the input is too long, and with 402 and 503 what they mean everywhere', () => {
    expect(kindOf(together, 403, { message: 'Input is too long', type: 'invalid_request_error' })).toBe(
      'request request',
    );
    expect(kindOf(together, 402, { message: 'Spending limit' })).toBe('billing account');
    expect(kindOf(together, 503, { message: 'Overloaded' })).toMatch(/^overload/);
  });
});

describe('a list of models', () => {
  const read = (provider: Provider, entry: object) =>
    provider.modelList?.parse({ data: [{ id: 'm', ...entry }] });

  it.each([
    ['in seconds', 1_786_000_000],
    ['in milliseconds, as Poe has it', 1_786_000_000_999],
  ])('tells when a model was made %s', (_how, created) => {
    expect(read(poe, { created })).toEqual([{ id: 'm', created: 1_786_000_000 }]);
  });

  it.each([
    ['groq', { max_completion_tokens: 32_768 }],
    ['openrouter', { top_provider: { context_length: 400_000, max_completion_tokens: 32_768 } }],
    ['anthropic', { max_tokens: 32_768 }],
  ])('tells how long an answer may be (%s)', (id, entry) => {
    const provider = builtInProviders.find((one) => one.id === id);
    expect(provider && read(provider, entry)).toEqual([{ id: 'm', maxOutputTokens: 32_768 }]);
    for (const odd of [null, 0, -1, '9', {}]) {
      const [name] = Object.keys(entry);
      expect(provider && read(provider, { [name ?? '']: odd })).toEqual([{ id: 'm' }]);
    }
  });
});

describe('Poe', () => {
  it('answers three protocols with one key', () => {
    expect(poe.protocols).toEqual({
      'openai-chat': 'https://api.poe.com/v1',
      'openai-responses': 'https://api.poe.com/v1',
      'anthropic-messages': 'https://api.poe.com',
    });
  });
});

describe('a server on this machine', () => {
  it.each([
    [ollama, 11_434],
    [lmstudio, 1234],
    [vllm, 8000],
  ])('is at its own port, needs no key and restricts nothing ($id)', (provider, port) => {
    expect(provider.protocols).toEqual({ 'openai-chat': `http://127.0.0.1:${port}/v1` });
    expect(provider).toMatchObject({ isLocal: true, login: [{ kind: 'api-key', optional: true }] });
    expect(provider.terms.kind).toBe('unrestricted');
  });
});

describe('Hugging Face', () => {
  it('takes a token, and signs in with an application of one’s own by code and by device', () => {
    expect(huggingface.login.map(({ kind }) => kind)).toEqual([
      'api-key',
      'authorization-code',
      'device-code',
    ]);
    const claims = { iss: 'https://huggingface.co', sub: '64a', preferred_username: 'ada' };
    expect(huggingface.identify({ kind: 'tokens', accessToken: JWT, claims })).toEqual({
      id: 'https://huggingface.co#64a',
      label: 'ada',
    });
  });
});

describe('Anthropic', () => {
  it('sends what its own command prints as a bearer that says so, and a key as a key', () => {
    const printed = new Secret('sk-ant-oat01-0123456789');
    expect(anthropic.authorize('anthropic-messages', printed)).toEqual({
      authorization: `Bearer ${printed.reveal()}`,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'oauth-2025-04-20',
    });
    expect(anthropic.authorize('anthropic-messages', new Secret('sk-ant-api03-x'))).not.toHaveProperty(
      'authorization',
    );
    expect(anthropic.login).toContainEqual({
      kind: 'command',
      argv: ['ant', 'auth', 'print-credentials', '--access-token'],
    });
  });
});

describe('tokens that vendors keep for their own clients', () => {
  it.each([
    [moonshot, JWT, /Kimi CLI.+reserves.+https:/],
    [xai, JWT, /Grok CLI.+reserves.+https:/],
    [ollama, new Secret('tid=0123456789;exp=1767229200;sku=x'), /Copilot.+reserves/],
    [together, new Secret('sk-ant-oat01-0123456789'), /Claude subscription.+reserves/],
  ])('are refused by $id', (provider, secret, words) => {
    const refusal = provider.refuseKey(secret) ?? '';
    expect(refusal).toMatch(words);
    expect(refusal).not.toContain(secret.reveal());
  });
});

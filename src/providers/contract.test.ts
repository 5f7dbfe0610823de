import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { checkAddress } from './address.ts';
import { compatibleProvider } from './compatible.ts';
import { settingsProvider } from './from-settings.ts';
import type { Provider } from './provider.ts';
import { builtInProviders, endpointKinds } from './registry.ts';

const ollama = compatibleProvider({ id: 'ollama', label: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1/' });
const lab = settingsProvider('lab', {
  protocols: { 'openai-chat': 'https://llm.example.com/v1', gemini: 'https://llm.example.com' },
});
const endpoints = endpointKinds.map(({ id, make }) =>
  make({ id, baseUrl: 'https://acme.example/base', values: {} }),
);
const KEY = 'key-0123456789';

/** What every provider keeps to, built in or not. */
describe.each<Provider>([...builtInProviders, ...endpoints, ollama, lab])('$id', (provider) => {
  const protocols = Object.entries(provider.protocols);

  it('speaks protocols that are known, at addresses that may have a credential and end without a slash', () => {
    expect(protocols.length).toBeGreaterThan(0);
    for (const [protocol, base] of protocols) {
      expect(['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini']).toContain(protocol);
      expect(checkAddress(base, { allowHttp: provider.allowHttp ?? false })).toBeUndefined();
      expect(base).not.toMatch(/\/$/);
      // Protocols append their own version where the vendor's SDK does.
      if (protocol === 'anthropic-messages' || protocol === 'gemini') expect(base).not.toMatch(/\/v1/);
    }
  });

  it('sends the credential in lower-case headers, the whole of it and only where there is one', () => {
    for (const [protocol] of protocols) {
      const headers = Object.entries(provider.authorize(protocol, new Secret(KEY)));
      expect(headers.filter(([, value]) => value.includes(KEY))).toHaveLength(1);
      for (const [name] of headers) expect(name).toBe(name.toLowerCase());
      expect(provider.authorize(protocol, new Secret(''))).toEqual({});
    }
  });

  it('can be signed in to, and says what its terms are as of a date', () => {
    expect(provider.login.length).toBeGreaterThan(0);
    expect(provider.terms.note).toMatch(/\.$/);
    expect(provider.terms.checked).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it('asks for its models in a protocol that it speaks, and refuses another shape', () => {
    const list = provider.modelList;
    expect(Object.keys(provider.protocols)).toContain(list?.protocol);
    expect(list?.url).toMatch(/^https?:\/\/.+\/models(?:\?|$)/);
    for (const body of [undefined, null, 'x', 3, {}, { data: {} }, { models: 'x' }]) {
      expect(() => list?.parse(body)).toThrow(RotaError);
    }
  });

  it('tells an account at fault from a request at fault', () => {
    const answer = { headers: {}, body: '', model: 'm', now: 0 };
    expect(provider.classify({ ...answer, status: 401 })).toMatchObject({ kind: 'auth', scope: 'account' });
    expect(provider.classify({ ...answer, status: 400 })).toMatchObject({
      kind: 'request',
      scope: 'request',
    });
  });

  it.each([
    ['Claude subscription', 'sk-ant-oat01-0123456789abcdef'],
    ['Claude subscription', 'sk-ant-ort01-0123456789abcdef'],
    ['Claude subscription', 'sk-ant-sid01-0123456789abcdef'],
    ['Claude subscription', 'Bearer sk-ant-oat01-0123456789abcdef'],
    ['Copilot', 'tid=0123456789;exp=1767229200;sku=x'],
  ])('refuses a token of %s before it goes anywhere, and says what may be used (%s)', (whose, token) => {
    const refusal = provider.refuseKey(new Secret(token)) ?? '';
    expect(refusal).toContain(whose);
    expect(refusal).toMatch(/reserves .*\. (?:Make|Use) .*\.$/);
    expect(refusal).not.toContain('0123456789');
  });

  it('takes an ordinary key, and knows nobody by it', () => {
    expect(provider.refuseKey(new Secret('sk-0123456789abcdef'))).toBeUndefined();
    expect(provider.identify({ kind: 'key', key: new Secret(KEY), fields: {} })).toEqual({});
  });
});

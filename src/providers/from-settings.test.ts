import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { settingsProvider, type ProviderEntry } from './from-settings.ts';

const secret = new Secret('KEY');
const browser = { kind: 'authorization-code', issuer: 'https://id.example.com', clientId: 'rota' } as const;
const everything = {
  'openai-chat': 'https://llm.example.com/v1/',
  'anthropic-messages': 'https://llm.example.com',
  gemini: 'https://llm.example.com',
};

function identityOf(claims: Record<string, unknown>) {
  const provider = settingsProvider('lab', { protocols: everything, login: browser });
  return provider.identify({ kind: 'tokens', accessToken: secret, claims });
}

describe('a provider from the settings', () => {
  it('asks for models where the first of its protocols has them', () => {
    const url = (protocols: ProviderEntry['protocols']) =>
      settingsProvider('lab', { protocols }).modelList?.url;
    expect(url(everything)).toBe('https://llm.example.com/v1/models');
    expect(url({ 'openai-responses': 'https://a.example/v1' })).toBe('https://a.example/v1/models');
    expect(url({ gemini: 'https://g.example', 'anthropic-messages': 'https://m.example' })).toBe(
      'https://m.example/v1/models?limit=1000',
    );
    expect(url({ gemini: 'https://g.example/' })).toBe('https://g.example/v1beta/models?pageSize=1000');
    expect(url({ other: 'https://g.example/' })).toBeUndefined();
  });

  it('asks for no models where they are given', () => {
    const provider = settingsProvider('lab', { protocols: everything, models: ['one', 'two'] });
    expect(provider.fixedModels).toEqual(['one', 'two']);
    expect(provider.modelList).toBeUndefined();
  });

  it('sends a token as a bearer, and a key where the protocol has it', () => {
    const tokens = settingsProvider('lab', { protocols: everything, login: browser });
    const keys = settingsProvider('lab', { protocols: everything, login: [{ kind: 'api-key' }] });
    const both = settingsProvider('lab', { protocols: everything, login: [browser, { kind: 'api-key' }] });
    expect(tokens.authorize('anthropic-messages', secret)).toEqual({
      authorization: 'Bearer KEY',
      'anthropic-version': '2023-06-01',
    });
    expect(tokens.authorize('gemini', secret)).toEqual({ authorization: 'Bearer KEY' });
    expect(keys.authorize('anthropic-messages', secret)).not.toHaveProperty('authorization');
    expect(keys.authorize('anthropic-messages', secret)).toHaveProperty('x-api-key', 'KEY');
    expect(keys.authorize('gemini', secret)).toEqual({ 'x-goog-api-key': 'KEY' });
    expect(keys.authorize('openai-chat', secret)).toEqual({ authorization: 'Bearer KEY' });
    expect(both.authorize('gemini', secret)).toEqual({
      authorization: 'Bearer KEY',
      'x-goog-api-key': 'KEY',
    });
  });

  it('sends the credential in the header that the settings name, and in no other', () => {
    const sent = (authHeader: string, protocol: string) =>
      settingsProvider('lab', { protocols: everything, login: browser, authHeader }).authorize(
        protocol,
        secret,
      );
    for (const protocol of ['openai-chat', 'gemini']) {
      expect(sent('Api-Key', protocol)).toEqual({ 'api-key': 'KEY' });
      expect(sent('cf-aig-authorization', protocol)).toEqual({ 'cf-aig-authorization': 'Bearer KEY' });
    }
    expect(sent('api-key', 'anthropic-messages')).toEqual({
      'api-key': 'KEY',
      'anthropic-version': '2023-06-01',
    });
    const provider = settingsProvider('lab', { protocols: everything, authHeader: 'api-key' });
    expect(provider.authorize('openai-chat', new Secret(''))).toEqual({});
  });

  it('asks for models at the path that the settings name', () => {
    const entry = { protocols: everything, modelsPath: '/catalog/models?all=1' };
    expect(settingsProvider('lab', entry).modelList).toMatchObject({
      url: 'https://llm.example.com/v1/catalog/models?all=1',
      protocol: 'openai-chat',
    });
  });

  it('knows an account by the claim that the settings name, and tells the terms that they tell', () => {
    const terms = { kind: 'restricted', checked: '2026-11-25', note: 'One account each.' } as const;
    const provider = settingsProvider('lab', { protocols: everything, accountClaim: 'upn', terms });
    const who = (claims: Record<string, unknown>) =>
      provider.identify({ kind: 'tokens', accessToken: secret, claims });
    expect(who({ iss: 'https://id.example.com', sub: '42', upn: 'ann', email: 'a@example.com' })).toEqual({
      id: 'https://id.example.com#ann',
      label: 'ann',
    });
    expect(who({ upn: 'ann' })).toEqual({ id: 'ann', label: 'ann' });
    expect(who({ iss: 'https://id.example.com', sub: '42' })).toEqual({
      id: 'https://id.example.com#42',
      label: '42',
    });
    expect(provider.terms).toEqual(terms);
    const silent = settingsProvider('lab', {
      protocols: everything,
      terms: { kind: 'restricted', checked: '2026-11-25' },
    });
    expect(silent.terms).toMatchObject({ kind: 'restricted', note: expect.stringMatching(/settings.*\.$/) });
  });

  it('keeps a client secret as a secret', () => {
    const provider = settingsProvider('lab', {
      protocols: everything,
      login: { ...browser, clientSecret: 'hush' },
    });
    expect(JSON.stringify(provider.login)).not.toContain('hush');
    const [login] = provider.login;
    expect(login?.kind === 'authorization-code' && login.clientSecret?.equals('hush')).toBe(true);
  });

  it('knows an account by issuer and subject, and calls it by the best name there is', () => {
    const who = { iss: 'https://id.example.com', sub: '42' };
    expect(identityOf({ ...who, email: 'a@example.com', name: 'Ann' })).toEqual({
      id: 'https://id.example.com#42',
      label: 'a@example.com',
    });
    expect(identityOf({ ...who, preferred_username: 'ann', name: 'Ann' }).label).toBe('ann');
    expect(identityOf({ ...who, email: '', name: 'Ann' }).label).toBe('Ann');
    expect(identityOf(who).label).toBe('42');
    expect(identityOf({ sub: '42' })).toEqual({ label: '42' });
    expect(identityOf({ iss: 7, sub: {} })).toEqual({});
  });

  it.each<[string, ProviderEntry, string]>([
    ['a base URL', { protocols: { gemini: 'http://10.0.0.5' } }, 'providers.lab.protocols.gemini'],
    [
      'an address of the sign-in',
      { protocols: everything, login: { ...browser, tokenEndpoint: 'https://169.254.169.254/token' } },
      'providers.lab.login.tokenEndpoint',
    ],
  ])('refuses %s that no credential may go to, by its key', (_name, entry, key) => {
    let thrown: unknown;
    try {
      settingsProvider('lab', entry);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RotaError);
    expect(thrown).toHaveProperty('failure', {
      kind: 'settings',
      key,
      message: expect.stringContaining(key) as string,
    });
  });

  it('takes plain http on the local network where that is set', () => {
    const entry = { protocols: { 'openai-chat': 'http://10.0.0.5/v1' }, allowHttp: true };
    expect(settingsProvider('lab', entry).allowHttp).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { checkAddress } from './address.ts';
import { compatibleKinds } from './compatible.ts';
import type { Provider } from './provider.ts';
import { builtInProviders, endpointKinds, endpointProvider, makeRegistry, reservedIds } from './registry.ts';

const KEY = new Secret('key-0123456789');
const TOKEN = new Secret('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln');
const values = {
  resource: 'my-res',
  tenant: 'contoso.onmicrosoft.com',
  region: 'eu-central-1',
  project: 'my-project',
  location: 'europe-west4',
};

function made(id: string, more: Partial<typeof values> = {}): Provider {
  const kind = endpointKinds.find((one) => one.id === id);
  const all = { ...values, ...more };
  return endpointProvider({ id, kind: id, baseUrl: kind?.baseUrl?.(all) ?? '', values: all });
}

const compatible = (kind: string, baseUrl: string) => endpointProvider({ id: 'lab', kind, baseUrl });

describe.each(endpointKinds.map(({ id }) => made(id)))('an endpoint of $id', (provider) => {
  it('speaks known protocols at addresses that may have a credential, and says its terms', () => {
    for (const [protocol, base] of Object.entries(provider.protocols)) {
      expect(['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini']).toContain(protocol);
      expect(checkAddress(base)).toBeUndefined();
      expect(base).not.toMatch(/\/$/);
      expect(provider.authorize(protocol, new Secret(''))).toEqual({});
      expect(Object.values(provider.authorize(protocol, KEY)).join()).toContain(KEY.reveal());
    }
    expect(provider.terms).toMatchObject({ note: expect.stringMatching(/\.$/), link: expect.any(String) });
    expect(provider.login.length).toBeGreaterThan(0);
  });

  it('reads its list of models, and refuses another shape and reserved tokens', () => {
    for (const body of [undefined, null, 'x', {}, { data: {} }, { publisherModels: 'x' }]) {
      expect(() => provider.modelList?.parse(body)).toThrow(RotaError);
    }
    const reserved = provider.refuseKey(new Secret('sk-ant-oat01-abc'));
    const takesKeys = provider.login.some(({ kind }) => kind === 'api-key');
    if (takesKeys) expect(reserved).toMatch(/reserves/);
  });

  it('asks for values whose examples and defaults it takes', () => {
    const kind = endpointKinds.find(({ id }) => id === provider.id);
    for (const { name, pattern, example, usual, question } of kind?.values ?? []) {
      expect(example).toMatch(pattern);
      if (usual !== undefined) expect(usual).toMatch(pattern);
      expect(question).not.toMatch(/[?:.]$/);
      const odd = ['', 'a/b', 'a b', 'a@b', '..', 'x#', 'a\nb', 'a?b'];
      // A tenant is a part of a path; the others are parts of a host's name.
      for (const one of name === 'tenant' ? odd : [...odd, 'evil.example']) expect(one).not.toMatch(pattern);
    }
  });
});

describe('Azure', () => {
  const azure = made('azure');

  it('has its addresses by the name of the resource', () => {
    expect(azure.protocols).toEqual({
      'openai-chat': 'https://my-res.openai.azure.com/openai/v1',
      'openai-responses': 'https://my-res.openai.azure.com/openai/v1',
      'anthropic-messages': 'https://my-res.services.ai.azure.com/anthropic',
    });
    expect(azure.modelList?.url).toBe('https://my-res.openai.azure.com/openai/v1/models');
  });

  it('has `az` print a token of the tenant that is named, and of its own one where none is', () => {
    const scope = ['--scope', 'https://cognitiveservices.azure.com/.default', '--output', 'json'];
    const argvOf = ({ login }: Provider) => login.find(({ kind }) => kind === 'command');
    expect(argvOf(azure)).toMatchObject({
      argv: ['az', 'account', 'get-access-token', ...scope, '--tenant', 'contoso.onmicrosoft.com'],
    });
    expect(argvOf(made('azure', { tenant: 'organizations' }))).toMatchObject({
      argv: ['az', 'account', 'get-access-token', ...scope],
    });
  });

  it('signs in at Entra by code and by device, at the tenant that is named', () => {
    const [, , code, device] = azure.login;
    const base = 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0';
    expect(code).toMatchObject({
      kind: 'authorization-code',
      authorizationEndpoint: `${base}/authorize`,
      tokenEndpoint: `${base}/token`,
      redirect: { host: 'localhost' },
    });
    expect(device).toMatchObject({ kind: 'device-code', deviceAuthorizationEndpoint: `${base}/devicecode` });
    for (const login of [code, device]) expect(login).not.toHaveProperty('clientId');
    const claims = {
      iss: 'https://login.microsoftonline.com/1/v2.0',
      sub: 's',
      preferred_username: 'ada@contoso.com',
    };
    expect(azure.identify({ kind: 'tokens', accessToken: TOKEN, claims })).toMatchObject({
      label: 'ada@contoso.com',
    });
  });

  it('tells a key from a token of Entra', () => {
    expect(azure.authorize('openai-chat', KEY)).toEqual({ 'api-key': KEY.reveal() });
    expect(azure.authorize('openai-chat', TOKEN)).toEqual({ authorization: `Bearer ${TOKEN.reveal()}` });
    expect(azure.authorize('anthropic-messages', KEY)).toMatchObject({ 'x-api-key': KEY.reveal() });
    expect(azure.authorize('anthropic-messages', TOKEN)).toMatchObject({
      authorization: `Bearer ${TOKEN.reveal()}`,
      'anthropic-version': '2023-06-01',
    });
  });
});

describe('Vertex AI', () => {
  it('has its address by project and location, and names the project that pays', () => {
    expect(made('vertex').protocols).toEqual({
      'openai-chat':
        'https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4/endpoints/openapi',
    });
    expect(made('vertex', { location: 'global' }).protocols['openai-chat']).toBe(
      'https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/endpoints/openapi',
    );
    expect(made('vertex-gemini', { location: 'eu' }).protocols).toEqual({
      gemini:
        'https://aiplatform.eu.rep.googleapis.com/v1/projects/my-project/locations/eu/publishers/google',
    });
    expect(made('vertex').authorize('openai-chat', KEY)).toEqual({
      authorization: `Bearer ${KEY.reveal()}`,
      'x-goog-user-project': 'my-project',
    });
  });

  it("signs in with a desktop client of one's own, so that there is a refresh token", () => {
    expect(made('vertex').login[1]).toMatchObject({
      kind: 'authorization-code',
      issuer: 'https://accounts.google.com',
      parameters: { access_type: 'offline', prompt: 'consent' },
    });
  });

  it.each(['vertex', 'vertex-claude', 'gemini-project'])('takes service accounts for %s', (id) => {
    expect(made(id).login).toContainEqual({
      kind: 'service-account',
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    });
  });

  it('calls the models of its list as the protocol does', () => {
    const body = { publisherModels: [{ name: 'publishers/google/models/gemini-x' }, { name: 7 }] };
    expect(made('vertex').modelList?.parse(body)).toEqual([{ id: 'google/gemini-x' }]);
    expect(made('vertex-gemini').modelList?.parse(body)).toEqual([{ id: 'gemini-x' }]);
  });
});

describe('Bedrock', () => {
  it('has its address by region', () => {
    expect(made('bedrock').protocols['openai-chat']).toBe(
      'https://bedrock-runtime.eu-central-1.amazonaws.com/openai/v1',
    );
  });
});

describe('a compatible endpoint', () => {
  it("of Anthropic's protocol carries its key where the vendor has it and where gateways have it", () => {
    const lab = compatible('compatible-anthropic', 'https://llm.example.com/');
    expect(lab.protocols).toEqual({ 'anthropic-messages': 'https://llm.example.com' });
    expect(lab.modelList?.url).toBe('https://llm.example.com/v1/models?limit=1000');
    expect(lab.authorize('anthropic-messages', KEY)).toEqual({
      authorization: `Bearer ${KEY.reveal()}`,
      'x-api-key': KEY.reveal(),
      'anthropic-version': '2023-06-01',
    });
    expect(lab.authorize('anthropic-messages', new Secret(''))).toEqual({});
  });

  it("of Gemini's protocol has the key in its header", () => {
    const lab = compatible('compatible-gemini', 'https://llm.example.com');
    expect(lab.protocols).toEqual({ gemini: 'https://llm.example.com' });
    expect(lab.authorize('gemini', KEY)).toEqual({ 'x-goog-api-key': KEY.reveal() });
    expect(lab.modelList?.parse({ models: [] })).toEqual([]);
  });

  it('of a kind that is not known is taken for OpenAI’s protocol', () => {
    const lab = compatible('from-a-later-version', 'https://llm.example.com/v1');
    expect(lab.protocols).toEqual({ 'openai-chat': 'https://llm.example.com/v1' });
  });

  it('has a family of its own for each kind', () => {
    expect(compatibleKinds.map(({ family }) => family)).toEqual(['openai', 'anthropic', 'gemini']);
  });
});

describe('the providers that come with the program', () => {
  it('have ids of their own', () => {
    expect(new Set(reservedIds).size).toBe(reservedIds.length);
  });

  it('are joined by named endpoints of any kind', () => {
    const endpoints = [
      { id: 'azure', kind: 'azure', baseUrl: 'https://x.openai.azure.com/openai/v1', values },
    ];
    const registry = makeRegistry({ endpoints });
    expect(registry.get('azure')?.protocols).toHaveProperty('anthropic-messages');
    expect(registry.list()).toHaveLength(builtInProviders.length + 1);
  });

  it('name the environment variables of their keys once each', () => {
    const names = builtInProviders.flatMap(({ login }) =>
      login.flatMap((method) =>
        method.kind === 'api-key' && method.variable !== undefined ? [method.variable] : [],
      ),
    );
    expect(names.length).toBeGreaterThan(12);
    expect(new Set(names).size).toBe(names.length);
  });
});

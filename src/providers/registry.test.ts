import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { builtInProviders, makeRegistry } from './registry.ts';

const lab = { protocols: { 'openai-chat': 'https://llm.example.com/v1' } };
const local = { id: 'local', baseUrl: 'http://127.0.0.1:11434/v1/' };

describe('the registry', () => {
  it('knows what comes with the program, what the settings describe and what was named at sign-in', () => {
    const registry = makeRegistry({ settings: { lab }, endpoints: [local] });
    expect(registry.list().map(({ id }) => id)).toEqual([
      ...builtInProviders.map(({ id }) => id),
      'local',
      'lab',
    ]);
    expect(registry.get('lab')?.protocols).toEqual(lab.protocols);
    expect(registry.get('local')?.modelList?.url).toBe('http://127.0.0.1:11434/v1/models');
    expect(registry.get('local')?.login).toEqual([{ kind: 'api-key', optional: true }]);
    expect(registry.get('nobody')).toBeUndefined();
    expect(registry.get('constructor')).toBeUndefined();
  });

  it('never sends the keys of a provider that comes with the program elsewhere', () => {
    const registry = makeRegistry({ settings: { openai: lab }, endpoints: [{ ...local, id: 'gemini' }] });
    expect(registry.get('openai')?.protocols['openai-chat']).toBe('https://api.openai.com/v1');
    expect(registry.get('gemini')?.protocols).not.toHaveProperty('openai-chat', 'http://127.0.0.1:11434/v1');
  });

  it('says what may have been meant', () => {
    const registry = makeRegistry({ settings: { lab } });
    expect(registry.nearest('opnai')).toEqual(['openai']);
    expect(registry.nearest('OpenRouter')).toEqual(['openrouter']);
    expect(registry.nearest('router')).toEqual(['openrouter']);
    expect(registry.nearest('antropic')).toEqual(['anthropic']);
    expect(registry.nearest('lba')).toEqual(['lab']);
    expect(registry.nearest('vertx')).toEqual(['vertex']);
    expect(registry.nearest('zzz')).toEqual([]);
    expect(registry.nearest('')).toEqual([]);
  });

  it('refuses an endpoint that no credential may go to', () => {
    const endpoints = [{ id: 'far', baseUrl: 'http://llm.example.com/v1' }];
    expect(() => makeRegistry({ endpoints })).toThrow(RotaError);
    expect(
      makeRegistry({ endpoints: [{ ...local, id: 'x', baseUrl: 'http://10.0.0.5', allowHttp: true }] }).get(
        'x',
      ),
    ).toBeDefined();
  });

  it('refuses tokens of a Claude subscription at any endpoint', () => {
    const registry = makeRegistry({ settings: { lab }, endpoints: [local] });
    for (const id of ['lab', 'local']) {
      expect(registry.get(id)?.refuseKey(new Secret('sk-ant-oat01-abc'))).toMatch(/reserves/);
    }
  });

  it('reads a local server that has no model yet', () => {
    expect(
      makeRegistry({ endpoints: [local] })
        .get('local')
        ?.modelList?.parse({ object: 'list', data: null }),
    ).toEqual([]);
  });
});

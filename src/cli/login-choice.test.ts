import { describe, expect, it } from 'vitest';
import { answerJson, failureOf, providerAt, server } from '../../test/rig/accounts.ts';
import type { Person } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import type { Provider } from '../providers/provider.ts';
import { askForLogin } from './login-choice.ts';
import { runningLocals } from './local-servers.ts';
import type { LoginOptions } from './login.ts';

const words: LoginOptions = { key: true, browser: true, timeout: 60 };

function contextOf(person: Person, providers: readonly Provider[] = []) {
  const context = fakeContext({ person: { interactive: true, ...person }, providers });
  // Nothing but the test's own servers may be asked whether it runs.
  const fetch: typeof context.fetch = (url, init) =>
    /:(?:11434|1234|8000)\//.test(url) ? Promise.reject(new Error('not here')) : context.fetch(url, init);
  return { ...context, fetch };
}

describe('a sign-in without words', () => {
  it('asks for the provider, and for the way where it has several', async () => {
    const context = contextOf({ words: ['openrouter', 'api-key'] });
    expect(await askForLogin(context, words)).toEqual({
      name: 'openrouter',
      options: { ...words, way: 'api-key' },
    });
    expect(context.terminal.asked).toEqual(['Which provider?', 'How to sign in to OpenRouter?']);
  });

  it('asks for no way where there is one, or where it was said', async () => {
    expect(await askForLogin(contextOf({ words: ['openai'] }), words)).toEqual({
      name: 'openai',
      options: words,
    });
    const device = { ...words, device: true };
    expect(await askForLogin(contextOf({ words: ['huggingface'] }), device)).toEqual({
      name: 'huggingface',
      options: device,
    });
  });

  it('knows that a server on this machine may need no key', async () => {
    expect(await askForLogin(contextOf({ words: ['ollama', 'no-key'] }), words)).toEqual({
      name: 'ollama',
      options: { ...words, key: false },
    });
  });

  it('asks for all of another server', async () => {
    const context = contextOf({ words: ['compatible', 'anthropic', 'https://llm.example.com', 'lab'] });
    expect(await askForLogin(context, words)).toEqual({
      name: 'compatible',
      options: { ...words, family: 'anthropic', baseUrl: 'https://llm.example.com', name: 'lab' },
    });
  });

  it('asks nobody before the store is open, nor where nobody is', async () => {
    const context = contextOf({ words: ['openai'] });
    const vault = () => Promise.reject(new Error('Locked.'));
    await expect(askForLogin({ ...context, vault }, words)).rejects.toThrow('Locked.');
    expect(context.terminal.asked).toEqual([]);
    const failure = await failureOf(askForLogin(contextOf({ interactive: false }), words));
    expect(failure).toMatchObject({ kind: 'usage', message: expect.stringContaining('`proxy providers`') });
  });
});

describe('servers on this machine', () => {
  it('are found where they answer with a list of models, without a word of a credential', async () => {
    const up = await server((_request, response) => answerJson(response, 200, { data: [{ id: 'm' }] }));
    const locked = await server((_request, response) => answerJson(response, 401, {}));
    const other = await server((_request, response) => answerJson(response, 200, { hello: 'world' }));
    const gone = await server((_request, response) => answerJson(response, 404, {}));
    const named = (id: string, url: string, isLocal = true) => providerAt(url, { id, isLocal });
    const context = fakeContext();
    const found = await runningLocals(context, [
      named('up', up.url),
      named('locked', locked.url),
      named('other', other.url),
      named('gone', gone.url),
      named('down', 'http://127.0.0.1:9'),
      named('elsewhere', up.url, false),
    ]);
    expect([...found]).toEqual(['up', 'locked']);
    expect(up.requests).toHaveLength(1);
    expect(up.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

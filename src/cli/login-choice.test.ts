import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerJson, failureOf, providerAt, server, temporaryFolder } from '../../test/rig/accounts.ts';
import type { Person } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import type { Provider } from '../providers/provider.ts';
import { loginAsked } from './login-asked.ts';
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
      kind: 'login',
      name: 'openrouter',
      options: { ...words, way: 'api-key' },
    });
    expect(context.terminal.asked).toEqual(['Which provider?', 'How to sign in to OpenRouter?']);
  });

  it('asks for no way where there is one, or where it was said', async () => {
    expect(await askForLogin(contextOf({ words: ['openai'] }), words)).toEqual({
      kind: 'login',
      name: 'openai',
      options: words,
    });
    const device = { ...words, device: true };
    expect(await askForLogin(contextOf({ words: ['huggingface'] }), device)).toEqual({
      kind: 'login',
      name: 'huggingface',
      options: device,
    });
  });

  it('knows that a server on this machine may need no key', async () => {
    expect(await askForLogin(contextOf({ words: ['ollama', 'no-key'] }), words)).toEqual({
      kind: 'login',
      name: 'ollama',
      options: { ...words, key: false },
    });
  });

  it('asks for all of another server', async () => {
    const context = contextOf({ words: ['compatible', 'anthropic', 'https://llm.example.com', 'lab'] });
    expect(await askForLogin(context, words)).toEqual({
      kind: 'login',
      name: 'compatible',
      options: { ...words, family: 'anthropic', baseUrl: 'https://llm.example.com', name: 'lab' },
    });
  });

  it('offers first what is on the machine already', async () => {
    const homedir = temporaryFolder();
    mkdirSync(join(homedir, '.cache', 'huggingface'), { recursive: true });
    writeFileSync(join(homedir, '.cache', 'huggingface', 'token'), 'hf_AbcDef012345');
    const importHome = { env: { OPENAI_API_KEY: 'sk-0123456789' }, platform: 'linux', homedir } as const;
    const context = { ...contextOf({ words: ['(found)'] }), importHome };
    expect(await askForLogin(context, words)).toEqual({ kind: 'import' });
    const [choices = []] = context.terminal.offered;
    expect(choices[0]).toEqual({
      value: '(found)',
      label: 'What is on this machine already',
      hint: 'OpenAI, Hugging Face',
    });
    expect(choices[1]?.value).toBe('openrouter');
  });

  it('puts a server that runs before those that do not, and offers nothing that may not be taken', async () => {
    const homedir = temporaryFolder();
    mkdirSync(join(homedir, '.claude'));
    writeFileSync(join(homedir, '.claude', '.credentials.json'), '{}');
    const up = await server((_request, response) => answerJson(response, 200, { data: [{ id: 'm' }] }));
    const local = providerAt(up.url, { id: 'up', label: 'Up', isLocal: true });
    const importHome = { env: {}, platform: 'linux', homedir } as const;
    const context = { ...contextOf({ words: ['up'] }, [local]), importHome };
    await askForLogin(context, words);
    const [choices = []] = context.terminal.offered;
    expect(choices.map(({ value }) => value).slice(0, 2)).toEqual(['up', 'openrouter']);
    expect(choices[0]?.hint).toBe('is running on this machine');
    expect(context.terminal.noted).toEqual([]);
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

describe('several sign-ins in a row', () => {
  const acme = async () => {
    const { url } = await server((_request, response) => answerJson(response, 200, { data: [{ id: 'm' }] }));
    return providerAt(url, { login: [{ kind: 'api-key' }], isLocal: true });
  };

  it('go on for as long as a person wants more, with the flags for the first one alone', async () => {
    const person = { words: ['acme', 'acme'], secret: 'key-0123456789', answers: [true, false] };
    const context = contextOf(person, [await acme()]);
    await loginAsked(context, { ...words, label: 'work' });
    const { accounts } = await context.records.read();
    expect(accounts.map(({ label }) => label)).toEqual(['work']);
    expect(context.terminal.asked.filter((question) => question === 'Add another account?')).toHaveLength(2);
    expect(context.terminal.printed.map((line) => line.split(' ')[0])).toEqual(['Added', 'Renewed']);
  });

  it('are done where a person presses Ctrl-C at the question for more', async () => {
    const context = contextOf({ words: ['acme'], secret: 'key-0123456789' }, [await acme()]);
    await loginAsked(context, words);
    expect((await context.records.read()).accounts).toHaveLength(1);
  });

  it('may begin with what is on the machine', async () => {
    const provider = await acme();
    const key = { kind: 'api-key', variable: 'ACME_KEY' } as const;
    const importHome = {
      env: { ACME_KEY: 'key-0123456789' },
      platform: 'linux',
      homedir: '/nobody',
    } as const;
    const person = { words: ['(found)'], answers: [true, false] };
    const context = { ...contextOf(person, [{ ...provider, login: [key], isLocal: false }]), importHome };
    await loginAsked(context, words);
    expect(context.terminal.asked).toEqual(['Which provider?', 'Add this account?', 'Add another account?']);
    expect((await context.records.read()).accounts).toHaveLength(1);
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

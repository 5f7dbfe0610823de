import { describe, expect, it } from 'vitest';
import { failureOf, recordAccount } from '../../test/rig/accounts.ts';
import type { FakeContext, Person } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import type { LoginOptions } from './login.ts';
import { login } from './login.ts';

const words: LoginOptions = { key: true, browser: true, timeout: 60 };
const piped: LoginOptions = { ...words, apiKeyStdin: true };

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A context whose calls go nowhere: each is answered with a list of one model, and noted. */
function offline(person: Person = { stdin: 'a-key' }): { context: FakeContext; asked: Asked[] } {
  const asked: Asked[] = [];
  const context = fakeContext({ person });
  const fetch: FakeContext['fetch'] = async (url, { headers }) => {
    asked.push({ url, headers });
    return Response.json({ data: [{ id: 'one' }], models: [], publisherModels: [] });
  };
  return { context: { ...context, fetch }, asked };
}

describe('login to an address that depends on whose it is', () => {
  it('makes it of the flags, remembers it, and needs them no more', async () => {
    const { context, asked } = offline();
    await login(context, 'azure', { ...piped, resource: 'my-res' });
    await login({ ...context, terminal: context.terminal }, 'azure', { ...piped, label: 'again' });
    expect(asked.map(({ url }) => url)).toEqual(
      Array(2).fill('https://my-res.openai.azure.com/openai/v1/models'),
    );
    expect(asked[0]?.headers).toMatchObject({ 'api-key': 'a-key' });
    expect((await context.records.read()).endpoints).toEqual([
      {
        id: 'azure',
        label: 'Azure',
        baseUrl: 'https://my-res.openai.azure.com/openai/v1',
        kind: 'azure',
        values: { resource: 'my-res', tenant: 'organizations' },
      },
    ]);
    expect(context.terminal.printed).toEqual([
      'Added "azure" (Azure): 1 model.',
      'Renewed "again" (Azure): 1 model.',
    ]);
  });

  it('takes a further one under a name of its own', async () => {
    const { context, asked } = offline();
    await login(context, 'azure', { ...piped, resource: 'one' });
    await login(context, 'azure', { ...piped, resource: 'two', name: 'azure-two' });
    await login(context, 'azure-two', { ...piped, label: 'third' });
    expect(asked.map(({ url }) => new URL(url).host.split('.')[0])).toEqual(['one', 'two', 'two']);
    const failure = await failureOf(login(context, 'azure', { ...piped, resource: 'other' }));
    expect(failure.message).toContain('"azure" is already the name of https://one.openai.azure.com');
    // Tokens of one tenant are worth nothing at another: neither may be changed under the accounts that are there.
    const tenant = await failureOf(login(context, 'azure', { ...piped, tenant: 'contoso.com' }));
    expect(tenant.message).toContain('(resource one, tenant organizations)');
    const family = { ...piped, name: 'lab', baseUrl: 'https://llm.example.com' };
    await login(context, 'compatible', family);
    const changed = await failureOf(login(context, 'compatible', { ...family, family: 'gemini' }));
    expect(changed.message).toContain('"lab" is already the name of');
  });

  it('uses what is usual, and asks a person for the rest, once the store is open', async () => {
    const { context, asked } = offline({ interactive: true, words: ['my-project'] });
    const command = `"${process.execPath}" -e "process.stdout.write('printed')"`;
    await login(context, 'vertex', { ...words, command });
    expect(context.terminal.asked).toEqual(['Google Cloud project, such as my-project:']);
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer printed',
      'x-goog-user-project': 'my-project',
    });
    expect((await context.records.read()).endpoints[0]?.baseUrl).toContain('/locations/global/');
    const closed = offline({ interactive: true, words: ['my-project'] });
    const vault = () => Promise.reject(new Error('Locked.'));
    await expect(login({ ...closed.context, vault }, 'vertex', words)).rejects.toThrow('Locked.');
    expect(closed.context.terminal.asked).toEqual([]);
  });

  it.each<[string, string, Partial<LoginOptions>, string]>([
    [
      'something is missing',
      'azure',
      {},
      'Azure needs --resource, for example `proxy login azure --resource my-resource`.',
    ],
    ['it cannot be one', 'azure', { resource: 'evil.example/x' }, 'cannot be one'],
    ['it belongs to another', 'bedrock', { resource: 'x' }, '--resource is not for this provider'],
    [
      'it is for no provider of this kind',
      'openai',
      { region: 'us-east-1' },
      '--region is not for this provider',
    ],
    ['an address is given', 'azure', { resource: 'x', baseUrl: 'https://a.example' }, '--base-url is for'],
    ['the name is taken', 'azure', { resource: 'x', name: 'openai' }, 'is the name of a provider already'],
  ])('is refused where %s, before the store is opened', async (_name, provider, options, says) => {
    const { context } = offline();
    const vault = () => Promise.reject(new Error('the store was opened'));
    const failure = await failureOf(login({ ...context, vault }, provider, { ...piped, ...options }));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(says);
  });
});

describe('login to a compatible endpoint of another family', () => {
  it.each([
    ['anthropic', 'https://llm.example.com/v1/models?limit=1000', 'x-api-key', 'compatible-anthropic'],
    ['gemini', 'https://llm.example.com/v1beta/models?pageSize=1000', 'x-goog-api-key', 'compatible-gemini'],
  ])('%s asks for its models there, and is remembered', async (family, url, header, kind) => {
    const { context, asked } = offline();
    const options = { ...piped, name: 'lab', baseUrl: 'https://llm.example.com', family };
    await login(context, 'compatible', options);
    await login(context, 'lab', { ...piped, label: 'again' });
    expect(asked.map((call) => [call.url, call.headers[header]])).toEqual([
      [url, 'a-key'],
      [url, 'a-key'],
    ]);
    expect((await context.records.read()).endpoints).toEqual([
      { id: 'lab', label: 'lab', baseUrl: 'https://llm.example.com', kind },
    ]);
  });

  it('is refused where there is no such family', async () => {
    const { context } = offline();
    const options = { ...piped, name: 'lab', baseUrl: 'https://llm.example.com', family: 'cohere' };
    const failure = await failureOf(login(context, 'compatible', options));
    expect(failure.message).toContain('it is one of openai, anthropic, gemini');
    await recordAccount(context.records, 'id-1', { provider: 'openai' });
    const misplaced = await failureOf(login(context, 'openai', { ...piped, family: 'gemini' }));
    expect(misplaced.message).toContain('--family is for');
  });
});

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServiceAccounts } from '../../test/oauth-server/service-accounts.ts';
import { failureOf, realFetch, temporaryFolder } from '../../test/rig/accounts.ts';
import type { FakeContext, Person } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import type { ImportOptions } from './import.ts';
import { importAccounts } from './import.ts';

interface Home {
  readonly files?: Readonly<Record<string, string | object>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly person?: Person;
}

/** A home with such files; calls are noted and answered with a list of models, or refused for keys that say `bad`. */
function homeWith({ files = {}, env = {}, person = { answer: true, interactive: true } }: Home) {
  const homedir = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(homedir, path)), { recursive: true });
    writeFileSync(join(homedir, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const before = treeOf(homedir);
  // Importing reads what is other programs', and writes none of it.
  onTestFinished(() => expect(treeOf(homedir)).toEqual(before));
  const asked: string[] = [];
  const context = fakeContext({ person, importHome: { env, platform: 'linux', homedir } });
  const fetch: FakeContext['fetch'] = async (url, { headers }) => {
    if (url.includes('127.0.0.1')) throw new Error('nothing runs here');
    asked.push(new URL(url).host);
    const isBad = JSON.stringify(headers).includes('bad');
    return isBad
      ? Response.json({ error: { message: 'no such key' } }, { status: 401 })
      : Response.json({ data: [{ id: 'one' }], models: [] });
  };
  const run = (source?: string, options: ImportOptions = {}) =>
    importAccounts({ ...context, fetch }, source, options);
  const accounts = async () => {
    const { accounts: recorded } = await context.records.read();
    return recorded.map(({ provider, label }) => [provider, label]);
  };
  return { context, run, asked, accounts, homedir };
}

/** Every file below a folder: its text, when it was written, and who may read it. */
function treeOf(folder: string): readonly (readonly [string, string, number, number])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const path = join(folder, name);
    const { mtimeMs, mode } = statSync(path);
    return [name, statSync(path).isFile() ? readFileSync(path, 'utf8') : '', mtimeMs, mode] as const;
  });
}

const REAL_KEY = 'sk-proj-0123456789abcdef';

describe('import', () => {
  it('finds keys in the environment by the names that the providers’ files have, and adds what is agreed to', async () => {
    const env = {
      OPENAI_API_KEY: REAL_KEY,
      GEMINI_API_KEY: ' AIzaSyTest ',
      GROQ_API_KEY: '',
      HOME: '/nobody',
    };
    const { context, run, accounts, asked } = homeWith({ env });
    await run();
    expect(context.terminal.asked).toEqual(['Add these 2 accounts?']);
    expect(await accounts()).toEqual([
      ['openai', 'openai'],
      ['gemini', 'gemini'],
    ]);
    expect(asked).toEqual(['api.openai.com', 'generativelanguage.googleapis.com']);
    expect(context.told).toEqual(['reload']);
    const shown = JSON.stringify([context.terminal.printed, context.terminal.noted]);
    expect(shown).toContain('OPENAI_API_KEY');
    expect(shown).not.toMatch(/0123456789abcdef|AIzaSy/);
  });

  it('finds a key of a provider whose address depends on whose it is, with what the vendor’s own variables tell of that', async () => {
    const env = {
      AZURE_OPENAI_API_KEY: 'azure-0123456789',
      AZURE_OPENAI_ENDPOINT: 'https://my-res.openai.azure.com/',
      AWS_BEARER_TOKEN_BEDROCK: 'bedrock-0123456789',
      AWS_REGION: 'eu-west-1',
    };
    const { context, run, asked } = homeWith({ env, person: {} });
    await run('env', { yes: true });
    expect(asked).toEqual(['my-res.openai.azure.com', 'bedrock-runtime.eu-west-1.amazonaws.com']);
    expect((await context.records.read()).endpoints).toMatchObject([
      { id: 'azure', values: { resource: 'my-res', tenant: 'organizations' } },
      { id: 'bedrock', values: { region: 'eu-west-1' } },
    ]);
    await run('env', { yes: true });
    expect(context.terminal.printed.filter((line) => line.startsWith('Renewed'))).toHaveLength(2);
  });

  it('says how to sign in where nothing tells what the address depends on, and takes no odd value', async () => {
    const env = { AZURE_OPENAI_API_KEY: 'azure-0123456789', AZURE_OPENAI_ENDPOINT: 'https://evil.example/x' };
    const { context, run, asked } = homeWith({ env, person: {} });
    expect((await failureOf(run('env', { yes: true }))).message).toBe('1 of 1 could not be added.');
    expect(context.terminal.noted.at(-1)).toContain('`proxy login azure --resource my-resource`');
    expect(asked).toEqual([]);
  });

  it('adds nothing where a person says no, at a dry run, and where nobody can agree', async () => {
    const env = { OPENAI_API_KEY: REAL_KEY };
    const said = homeWith({ env, person: { interactive: true, answer: false } });
    await said.run();
    const dry = homeWith({ env });
    await dry.run(undefined, { dryRun: true });
    const alone = homeWith({ env, person: {} });
    expect(await failureOf(alone.run())).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('--yes'),
    });
    for (const { accounts, asked, context } of [said, dry, alone]) {
      expect(await accounts()).toEqual([]);
      expect(asked).toEqual([]);
      expect(context.terminal.printed).toHaveLength(2);
    }
  });

  it('renews what is there already, and goes on where one is refused', async () => {
    const env = { OPENAI_API_KEY: REAL_KEY, XAI_API_KEY: 'xai-bad', MISTRAL_API_KEY: 'mistral-good' };
    const { context, run, accounts } = homeWith({ env, person: {} });
    const failure = await failureOf(run('env', { yes: true }));
    expect(failure).toMatchObject({ kind: 'refused-by-provider', message: '1 of 3 could not be added.' });
    expect(context.terminal.noted.join('\n')).toMatch(/XAI_API_KEY \(xai\) was not added\. .*no such key/);
    await failureOf(run('env', { yes: true }));
    expect(await accounts()).toEqual([
      ['openai', 'openai'],
      ['mistral', 'mistral'],
    ]);
    expect(context.terminal.printed.filter((line) => line.startsWith('Renewed'))).toHaveLength(2);
  });

  it('takes a token that is reserved from nowhere', async () => {
    const env = {
      ANTHROPIC_API_KEY: 'sk-ant-oat01-0123456789',
      OPENAI_API_KEY: 'eyJhbGciOiJ9.eyJzdWIiOiJ9.c2ln',
    };
    const { run, accounts, asked } = homeWith({ env, person: {} });
    expect((await failureOf(run('env', { yes: true }))).message).toBe('2 of 2 could not be added.');
    expect(await accounts()).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each<[string, Home['files'], readonly string[]]>([
    ['huggingface', { '.cache/huggingface/token': 'hf_AbcDef012345\n' }, ['huggingface']],
    ['codex', { '.codex/auth.json': { OPENAI_API_KEY: REAL_KEY, tokens: null } }, ['openai']],
    [
      'opencode',
      {
        '.local/share/opencode/auth.json': {
          google: { type: 'api', key: 'AIzaSyTest' },
          deepseek: { type: 'api', key: 'sk-deep-0123456789' },
          unheard: { type: 'api', key: 'x' },
          anthropic: { type: 'oauth', access: 'sk-ant-oat01-x', refresh: 'y' },
        },
      },
      ['gemini', 'deepseek'],
    ],
    [
      'aider',
      { '.aider/oauth-keys.env': 'OPENROUTER_API_KEY="sk-or-v1-0123456789"\nOTHER=1\n' },
      ['openrouter'],
    ],
    [
      'cliproxyapi',
      {
        '.cli-proxy-api/config.yaml': [
          'port: 8317',
          'api-keys:',
          '  - "your-own-local-key"',
          'gemini-api-key:',
          '  # mine',
          '  - api-key: "AIzaSyFirst"',
          '    headers:',
          '      api-key: "not-this"',
          '  - api-key: AIzaSyElsewhere',
          '    base-url: "https://gateway.example.com"',
          'claude-api-key:',
          "- api-key: 'sk-ant-api03-0123456789' # work",
          'codex-api-key: []',
        ].join('\n'),
      },
      ['gemini', 'anthropic'],
    ],
  ])('finds the keys of %s', async (source, files, providers) => {
    const { run, accounts, context } = homeWith({ files: files ?? {}, person: {} });
    await run(source, { yes: true });
    expect((await accounts()).map(([provider]) => provider)).toEqual(providers);
    expect(context.terminal.printed[0]).toMatch(/^PROVIDER +WHAT +WHERE$/);
  });

  it('uses a tool that is signed in, and copies nothing of it', async () => {
    const files = {
      '.config/gcloud/application_default_credentials.json': {
        type: 'authorized_user',
        client_secret: 'd-secret',
        refresh_token: '1//0-refresh',
        quota_project_id: 'my-project',
      },
      '.config/anthropic/configs/default.json': '{}',
      '.config/anthropic/configs/work.json': '{}',
      '.azure/azureProfile.json': '\uFEFF{"subscriptions":[{"id":"s"}]}',
    };
    const { run, context } = homeWith({ files });
    await run(undefined, { dryRun: true });
    const shown = context.terminal.printed.join('\n');
    expect(shown).toContain('the command `gcloud auth application-default print-access-token`');
    expect(shown).toContain('the command `ant auth print-credentials --profile work --access-token`');
    expect(context.terminal.noted.join('\n')).toContain('`proxy login azure --resource NAME --way command`');
    expect(shown).not.toMatch(/d-secret|1\/\/0/);
  });

  it('copies the key of a service account, says so, and signs in with it', async () => {
    const endpoint = await startServiceAccounts();
    onTestFinished(() => endpoint.close());
    const files = { 'keys/rota.json': endpoint.keyFile() };
    const { run, context, accounts, asked, homedir } = homeWith({ files, person: {} });
    const path = join(homedir, 'keys', 'rota.json');
    const env = { GOOGLE_APPLICATION_CREDENTIALS: path };
    const importHome = { ...context.importHome, env };
    const sent: string[] = [];
    const fetch: FakeContext['fetch'] = async (url, init) => {
      sent.push(JSON.stringify(init.headers));
      return url.startsWith(endpoint.origin)
        ? realFetch(url, init)
        : Response.json({ publisherModels: [{ name: 'publishers/google/models/one' }] });
    };
    await run('gcloud', { dryRun: true });
    expect(context.terminal.noted).toEqual(['Nothing was found that could be imported.']);
    await importAccounts({ ...context, importHome, fetch }, 'gcloud', { yes: true });
    expect(context.terminal.printed).toContain(
      'Added "rota@my-project.iam.gserviceaccount.com" (Vertex AI): 1 model.',
    );
    expect(context.terminal.printed.join('\n')).toMatch(
      /vertex +a service account's private key +\S+rota\.json/,
    );
    expect(context.terminal.noted).toContain(
      `The private key in ${path} is copied into the credential store; the file stays as it is.`,
    );
    expect(await accounts()).toEqual([['vertex', endpoint.email]]);
    expect((await context.records.read()).endpoints).toMatchObject([
      { id: 'vertex', values: { project: 'my-project' } },
    ]);
    expect(endpoint.minted).toEqual(['https://www.googleapis.com/auth/cloud-platform']);
    expect(sent.at(-1)).toContain('Bearer ya29.minted-1');
    expect(asked).toEqual([]);
    expect(JSON.stringify([context.terminal.printed, context.terminal.noted])).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(await context.records.read())).not.toContain('PRIVATE KEY');
  });

  it('says what is wrong with such a file', async () => {
    const files = {
      '.config/gcloud/application_default_credentials.json': {
        type: 'service_account',
        project_id: 'my-project',
        client_email: 'a@b',
        private_key: 'canary',
        token_uri: 'https://x.y',
      },
    };
    const { run, context, accounts } = homeWith({ files, person: {} });
    expect((await failureOf(run('gcloud', { yes: true }))).message).toBe('1 of 1 could not be added.');
    expect(context.terminal.noted.at(-1)).toMatch(
      /\(vertex\) was not added\. .*"private_key" that cannot be read/,
    );
    expect(context.terminal.noted.join()).not.toContain('canary');
    expect(await accounts()).toEqual([]);
  });

  it('refuses what vendors’ own clients keep, with the reason and without a look at it', async () => {
    const files = {
      '.claude/.credentials.json': { claudeAiOauth: { accessToken: 'sk-ant-oat01-canary' } },
      '.codex/auth.json': { OPENAI_API_KEY: null, tokens: { access_token: 'canary' } },
      '.gemini/oauth_creds.json': { access_token: 'canary' },
      '.qwen/oauth_creds.json': 'canary',
    };
    const { run, context, accounts } = homeWith({ files });
    await run();
    const said = context.terminal.noted.join('\n');
    for (const name of ['Claude Code', 'Codex', 'Gemini CLI', 'Qwen Code']) expect(said).toContain(name);
    expect(said.match(/Not taken: /g)).toHaveLength(4);
    expect(`${said}${context.terminal.printed.join('\n')}`).not.toContain('canary');
    expect(context.terminal.asked).toEqual([]);
    expect(await accounts()).toEqual([]);
  });

  it.each([
    ['.codex/auth.json', 'not JSON'],
    ['.codex/auth.json', '[]'],
    ['.codex/auth.json', '{"OPENAI_API_KEY":"eyJhbGciOiJ9.x.y"}'],
    ['.local/share/opencode/auth.json', '{"openai":7,"groq":{"type":"api"}}'],
    ['.cache/huggingface/token', 'a sentence'],
    ['.config/gcloud/application_default_credentials.json', '{"type":"external_account"}'],
    ['.azure/azureProfile.json', '{"subscriptions":[]}'],
    ['.cli-proxy-api/config.yaml', 'gemini-api-key:\n  - "just text"\n  -'],
  ])('is not put off by %s that holds %s', async (path, content) => {
    const { run, context } = homeWith({ files: { [path]: content } });
    await run();
    expect(context.terminal.noted).toEqual(['Nothing was found that could be imported.']);
  });

  it('names the sources where there is no such one', async () => {
    const { run } = homeWith({});
    expect((await failureOf(run('opencod'))).message).toContain('Did you mean "opencode"?');
    expect((await failureOf(run('zzzzzz'))).message).toMatch(/There are env, huggingface, .*, local\.$/);
  });
});

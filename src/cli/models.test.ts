import { describe, expect, it } from 'vitest';
import { answerJson, failureOf, providerAt, recordAccount, server } from '../../test/rig/accounts.ts';
import type { FakeContext } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import { Secret } from '../secret.ts';
import type { DaemonStatus } from './context.ts';
import { models } from './models.ts';

async function keyed(
  context: FakeContext,
  id: string,
  fields: { label: string; enabled?: boolean },
): Promise<void> {
  await recordAccount(context.records, id, fields);
  const vault = await context.openedVault();
  await vault.save(id, { kind: 'apiKey', key: new Secret(`key-of-${id}`) });
}

/** Lists by the key; a key without a list is refused. */
async function upstream(lists: Readonly<Record<string, readonly string[]>>) {
  return server(({ headers }, response) => {
    const ids = lists[headers.authorization ?? ''];
    if (ids === undefined) return answerJson(response, 401, { error: { message: 'no such key' } });
    answerJson(response, 200, { data: ids.map((id) => ({ id })) });
  });
}

describe('proxy models, where no proxy runs', () => {
  it('asks every account that may serve, and says which one failed', async () => {
    const { url, requests } = await upstream({ 'Bearer key-of-a': ['x', 'y'], 'Bearer key-of-b': ['y'] });
    const context = fakeContext({ providers: [providerAt(url)] });
    await keyed(context, 'a', { label: 'one' });
    await keyed(context, 'b', { label: 'two' });
    await keyed(context, 'c', { label: 'refused' });
    await keyed(context, 'd', { label: 'off', enabled: false });
    await models(context, {});
    expect(context.terminal.printed).toEqual(['MODEL  ACCOUNTS', 'x      one', 'y      one, two']);
    expect(context.terminal.noted.join('\n')).toMatch(/^refused: Acme .* answered 401/m);
    expect(requests).toHaveLength(3);
    context.terminal.printed.length = 0;
    await models(context, { json: true });
    expect(JSON.parse(context.terminal.printed.join())).toEqual({
      source: 'accounts',
      models: [
        { id: 'x', accounts: ['one'] },
        { id: 'y', accounts: ['one', 'two'] },
      ],
    });
  });

  it('fails where none answers, and needs a sign-in where there is none', async () => {
    const { url } = await upstream({});
    const context = fakeContext({ providers: [providerAt(url)] });
    expect((await failureOf(models(context, {}))).kind).toBe('needs-login');
    await keyed(context, 'a', { label: 'one' });
    expect((await failureOf(models(context, {}))).kind).toBe('refused-by-provider');
  });
});

describe('proxy models, where a proxy runs', () => {
  const runningAt = (url: string) => (): DaemonStatus => ({
    url,
    pid: 1,
    version: '0.0.0',
    startedAt: '2026-11-20T10:00:00.000Z',
    accounts: [],
  });

  it('asks it with the local key', async () => {
    const { url, requests } = await server((_request, response) =>
      answerJson(response, 200, { object: 'list', data: [{ id: 'x', owned_by: 'acme' }, { odd: true }] }),
    );
    const context = fakeContext({ daemon: runningAt(url) });
    const key = await (await context.openedVault()).localKey();
    await models(context, {});
    await models(context, { json: true });
    expect(
      requests.map(({ url: path, headers }) => [path, key.equals((headers.authorization ?? '').slice(7))]),
    ).toEqual([
      ['/v1/models', true],
      ['/v1/models', true],
    ]);
    const [titles, row, document = ''] = context.terminal.printed;
    expect([titles, row]).toEqual(['MODEL  OWNED BY', 'x      acme']);
    expect(JSON.parse(document)).toEqual({ source: 'proxy', models: [{ id: 'x', ownedBy: 'acme' }] });
  });

  it('shows how much a model takes, and what, where somebody says so', async () => {
    const told = { context_length: 400_000, architecture: { input_modalities: ['text', 'image'] } };
    const { url } = await server((_request, response) =>
      answerJson(response, 200, {
        data: [
          { id: 'x', owned_by: 'acme', ...told },
          { id: 'y', owned_by: 'acme' },
        ],
      }),
    );
    const context = fakeContext({ daemon: runningAt(url) });
    await models(context, {});
    await models(context, { json: true });
    const [titles, x, y, document = ''] = context.terminal.printed;
    expect([titles, x, y]).toEqual([
      'MODEL  CONTEXT  TAKES        OWNED BY',
      'x      400,000  text, image  acme',
      'y                            acme',
    ]);
    expect(JSON.parse(document)).toMatchObject({
      models: [{ contextTokens: 400_000, inputs: ['text', 'image'] }, { id: 'y' }],
    });
  });

  it('tells what it answers instead', async () => {
    const { url } = await server((_request, response) =>
      answerJson(response, 503, { error: { message: 'The keychain is locked.' } }),
    );
    const failure = await failureOf(models(fakeContext({ daemon: runningAt(url) }), {}));
    expect(failure.message).toContain('answered 503: The keychain is locked.');
  });
});

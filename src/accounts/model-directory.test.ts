import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  answerJson,
  failureOf,
  manualTime,
  provider,
  providerAt,
  realFetch,
  server,
  START_MS,
} from '../../test/rig/accounts.ts';
import { silentLogger } from '../log/logger.ts';
import type { Provider } from '../providers/provider.ts';
import { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { openModelDirectory } from './model-directory.ts';

const HOUR_MS = 3_600_000;
const at = new Date(START_MS).toISOString();

function account(id: string, fields: Partial<Account> = {}): Account {
  const base = { id, provider: 'acme', label: id, addedAt: at, renewedAt: at };
  return { ...base, enabled: true, priority: 0, weight: 1, ...fields };
}

function directory(providers: readonly Provider[], timeoutMs = 10_000) {
  const time = manualTime();
  return {
    time,
    models: openModelDirectory({
      provider: (id) => providers.find((one) => one.id === id),
      secretFor: async (accountId) => new Secret(`token-of-${accountId}`),
      fetchFor: () => realFetch,
      clock: time.clock,
      log: silentLogger,
      userAgent: 'rota/1',
      timeoutMs,
    }),
  };
}

function list(response: ServerResponse, ...ids: readonly string[]): void {
  answerJson(response, 200, { data: ids.map((id) => ({ id })) });
}

describe('the model directory', () => {
  it('knows the models of each account by its own credential', async () => {
    const { url } = await server((request, response) =>
      list(response, `for ${request.headers.authorization}`),
    );
    const { models } = directory([providerAt(url)]);
    models.reload([account('a'), account('b')]);
    expect(models.known('a')).toBeUndefined();
    expect(models.pending()).toEqual(['a', 'b']);
    await models.settled();
    expect(models.known('a')).toEqual([{ id: 'for Bearer token-of-a' }]);
    expect(models.known('b')).toEqual([{ id: 'for Bearer token-of-b' }]);
    expect(models.pending()).toEqual([]);
  });

  it('gives a list that is an hour old at once, and asks for a new one behind it, once', async () => {
    let calls = 0;
    const { url } = await server((_, response) => list(response, `list ${(calls += 1)}`));
    const { models, time } = directory([providerAt(url)]);
    models.reload([account('a')]);
    await models.settled();
    time.advance(HOUR_MS - 1);
    models.known('a');
    models.reload([account('a', { weight: 2 })]);
    expect(calls).toBe(1);
    time.advance(1);
    for (let asked = 0; asked < 20; asked += 1) expect(models.known('a')).toEqual([{ id: 'list 1' }]);
    expect(models.pending()).toEqual([]);
    await expect.poll(() => models.known('a')).toEqual([{ id: 'list 2' }]);
    expect(calls).toBe(2);
  });

  it('lets no account wait for another that is slow or broken', async () => {
    const good = await server((_, response) => list(response, 'one'));
    const slow = await server(() => undefined);
    const { models } = directory(
      [
        providerAt(good.url, { id: 'good' }),
        providerAt(slow.url, { id: 'slow' }),
        providerAt('http://127.0.0.1:1', { id: 'broken' }),
      ],
      200,
    );
    models.reload([
      account('s', { provider: 'slow' }),
      account('b', { provider: 'broken' }),
      account('g', { provider: 'good' }),
      account('u', { provider: 'unknown' }),
    ]);
    await expect.poll(() => models.known('g')).toEqual([{ id: 'one' }]);
    expect(models.pending()).toContain('s');
    await models.settled();
    expect(models.known('s')).toBeUndefined();
    expect(models.problem('s')).toContain('within 0.2 s');
    expect(models.problem('b')).toContain('127.0.0.1:1');
    expect(models.problem('u')).toContain('"unknown"');
    expect(models.problem('g')).toBeUndefined();
  });

  it('keeps the list it had where the next attempt fails, and leaves the provider alone for a minute', async () => {
    let calls = 0;
    const { url } = await server((_, response) => {
      calls += 1;
      if (calls === 1) list(response, 'kept');
      else response.writeHead(503).end();
    });
    const { models, time } = directory([providerAt(url)]);
    models.reload([account('a')]);
    await models.settled();
    expect(await failureOf(models.refresh('a'))).toMatchObject({ kind: 'refused-by-provider', status: 503 });
    time.advance(59_999);
    expect(models.known('a')).toEqual([{ id: 'kept' }]);
    expect(calls).toBe(2);
    time.advance(1);
    models.known('a');
    await expect.poll(() => calls).toBe(3);
    expect(models.known('a')).toEqual([{ id: 'kept' }]);
  });

  it('leaves a provider that never gave a list alone for a minute, too', async () => {
    const { models, time } = directory([providerAt('http://127.0.0.1:1')]);
    models.reload([account('a')]);
    await models.settled();
    time.advance(59_999);
    models.known('a');
    expect(models.pending()).toEqual([]);
    time.advance(1);
    models.known('a');
    expect(models.pending()).toEqual(['a']);
    await models.settled();
  });

  it('gives the list of before while that of a renewed account is on its way', async () => {
    const { url } = await server((_, response) => list(response, 'one'));
    const { models } = directory([providerAt(url)]);
    models.reload([account('a')]);
    await models.settled();
    models.reload([account('a', { renewedAt: '2026-02-01T00:00:00.000Z' })]);
    expect(models.known('a')).toEqual([{ id: 'one' }]);
    await models.refresh('a');
  });

  it('asks once for twenty that want it refreshed', async () => {
    const { url, requests } = await server((_, response) => list(response, 'one'));
    const { models } = directory([providerAt(url)]);
    models.reload([account('a')]);
    await Promise.all(Array.from({ length: 20 }, () => models.refresh('a')));
    expect(requests).toHaveLength(1);
  });

  it('takes no answer to a credential that was replaced meanwhile', async () => {
    const waiting: ServerResponse[] = [];
    const { url } = await server((_, response) => waiting.push(response));
    const { models } = directory([providerAt(url)]);
    models.reload([account('a')]);
    await expect.poll(() => waiting.length).toBe(1);
    models.reload([account('a', { renewedAt: '2026-02-01T00:00:00.000Z' })]);
    await expect.poll(() => waiting.length).toBe(2);
    const [old, renewed] = waiting;
    if (renewed !== undefined) list(renewed, 'new');
    await models.settled();
    if (old !== undefined) list(old, 'old');
    await new Promise<void>((resolve) => {
      old?.on('close', () => setImmediate(resolve));
    });
    expect(models.known('a')).toEqual([{ id: 'new' }]);
  });

  it('does not ask for accounts that are off, need a sign-in or are gone', async () => {
    const { url, requests } = await server((_, response) => list(response, 'one'));
    const { models } = directory([providerAt(url)]);
    models.reload([
      account('off', { enabled: false }),
      account('out', { needsLogin: { since: at, reason: 'invalid_grant' } }),
    ]);
    expect([models.known('off'), models.known('out'), models.known('gone')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(models.pending()).toEqual([]);
    expect(await failureOf(models.refresh('gone'))).toMatchObject({ kind: 'not-found' });
    models.reload([account('off')]);
    await models.settled();
    expect(models.known('off')).toEqual([{ id: 'one' }]);
    models.reload([]);
    expect(models.known('off')).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  it('takes the fixed models of a provider without a list', async () => {
    const { models } = directory([provider({ fixedModels: ['only'] })]);
    models.reload([account('a')]);
    await models.settled();
    expect(models.known('a')).toEqual([{ id: 'only' }]);
  });
});

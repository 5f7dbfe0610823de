import { describe, expect, it } from 'vitest';
import { answerJson, failureOf, provider, providerAt, realFetch, server } from '../../test/rig/accounts.ts';
import { Secret } from '../secret.ts';
import { fetchModels, probeCredential } from './model-list.ts';

const secret = new Secret('sk-very-secret');
const options = { userAgent: 'rota/1.2.3' };

describe('fetchModels', () => {
  it('asks as itself, with the credential in the manner of the provider', async () => {
    const { url, requests } = await server((_, response) =>
      answerJson(response, 200, { data: [{ id: 'large' }, { id: 'small' }] }),
    );
    const models = await fetchModels(providerAt(url), secret, realFetch, options);
    expect(models).toEqual([{ id: 'large' }, { id: 'small' }]);
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-very-secret',
      'user-agent': 'rota/1.2.3',
    });
  });

  it('does not call a provider that has no list', async () => {
    const models = await fetchModels(
      provider({ fixedModels: ['only'] }),
      secret,
      () => Promise.reject(new Error('called')),
      options,
    );
    expect(models).toEqual([{ id: 'only' }]);
  });

  it.each([
    { status: 401, body: '{"error":{"message":"Bad key sk-very-secret."}}', says: '"Bad key [secret]."' },
    { status: 403, body: '[{"error":{"message":"Not enabled."}}]', says: '"Not enabled."' },
    { status: 400, body: '{"message":"No."}', says: '"No."' },
    { status: 429, body: '{"error":"slow down"}', says: '"slow down"' },
    { status: 502, body: '\u001b[31mBad\n gateway', says: 'Bad gateway"' },
    { status: 500, body: '', says: 'without a word' },
    { status: 503, body: `{"error":{"message":"${'x'.repeat(100_000)}"}}`, says: 'xxx' },
  ])(
    'gives the refusal $status in the words of the provider, less the secret',
    async ({ status, body, says }) => {
      const { url } = await server((_, response) => response.writeHead(status).end(body));
      const failure = await failureOf(fetchModels(providerAt(url), secret, realFetch, options));
      expect(failure).toMatchObject({ kind: 'refused-by-provider', status });
      expect(failure.message).toContain(`answered ${status}`);
      expect(failure.message).toContain(says);
      expect(failure.message).not.toContain('sk-very-secret');
      expect(failure.message).not.toContain('\u001b');
      expect(failure.message.length).toBeLessThan(600);
    },
  );

  it('follows no redirect', async () => {
    const elsewhere = await server((_, response) => answerJson(response, 200, { data: [] }));
    const { url } = await server((_, response) =>
      response.writeHead(302, { location: `${elsewhere.url}/models` }).end(),
    );
    const failure = await failureOf(fetchModels(providerAt(url), secret, realFetch, options));
    expect(failure).toMatchObject({ kind: 'refused-by-provider', status: 302 });
    expect(elsewhere.requests).toEqual([]);
  });

  it.each(['<html>', '{"object":"list"}', 'null'])('takes %s for something else', async (body) => {
    const { url } = await server((_, response) => response.end(body));
    const failure = await failureOf(fetchModels(providerAt(url), secret, realFetch, options));
    expect(failure).toMatchObject({ kind: 'refused-by-provider', status: 200 });
    expect(failure.message).toContain('not with a list of models');
  });

  it('reads no more than 16 MB', async () => {
    let sentBytes = 0;
    const { url } = await server((request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const send = (): void => {
        if (request.socket.destroyed || sentBytes >= 64 * chunk.length) return void response.end();
        sentBytes += chunk.length;
        response.write(chunk, () => send());
      };
      send();
    });
    const failure = await failureOf(fetchModels(providerAt(url), secret, realFetch, options));
    expect(failure).toMatchObject({ kind: 'refused-by-provider', status: 200 });
    expect(sentBytes).toBeLessThan(40 * 1024 * 1024);
  });

  it('waits no longer than it is told, for the headers or the body', async () => {
    const silent = await server(() => undefined);
    const stuck = await server((_, response) => response.write('{"data":['));
    for (const { url } of [silent, stuck]) {
      const failure = await failureOf(
        fetchModels(providerAt(url), secret, realFetch, { ...options, timeoutMs: 30 }),
      );
      expect(failure).toMatchObject({ kind: 'upstream-unreachable' });
      expect(failure.message).toContain('within 0.03 s');
    }
  });

  it('names the host where nobody listens', async () => {
    const failure = await failureOf(
      fetchModels(providerAt('http://127.0.0.1:1'), secret, realFetch, options),
    );
    expect(failure).toMatchObject({ kind: 'upstream-unreachable' });
    expect(failure.message).toContain('127.0.0.1:1');
  });

  it('can be cancelled, before and during the call', async () => {
    const early = { ...options, signal: AbortSignal.abort() };
    expect(
      await failureOf(fetchModels(providerAt('http://127.0.0.1:1'), secret, realFetch, early)),
    ).toMatchObject({
      kind: 'cancelled',
    });
    const stop = new AbortController();
    const { url } = await server(() => stop.abort());
    const during = { ...options, signal: stop.signal };
    expect(await failureOf(fetchModels(providerAt(url), secret, realFetch, during))).toMatchObject({
      kind: 'cancelled',
    });
  });
});

describe('whether a credential is good', () => {
  it('is asked at the address that the provider has for it, and nothing else is asked', async () => {
    const { url, requests } = await server((request, response) =>
      answerJson(response, request.headers.authorization === 'Bearer good' ? 200 : 401, {
        error: { message: 'no such key' },
      }),
    );
    const at = providerAt(`${url}/v1`, { probe: { url: `${url}/whoami`, protocol: 'openai-chat' } });
    const options = { userAgent: 'rota/1' };
    expect(await probeCredential(at, new Secret('good'), realFetch, options)).toBeUndefined();
    const failure = await failureOf(probeCredential(at, new Secret('bad-key-1'), realFetch, options));
    expect(failure).toMatchObject({ kind: 'refused-by-provider', status: 401 });
    expect(failure.message).toContain('"no such key" when asked whether the credential is valid');
    expect(requests.map((request) => request.url)).toEqual(['/whoami', '/whoami']);
  });

  it('is told by the list of models where there is no such address', async () => {
    const { url } = await server((_request, response) => answerJson(response, 200, { data: [{ id: 'm' }] }));
    expect(
      await probeCredential(providerAt(url), new Secret('k'), realFetch, { userAgent: 'rota/1' }),
    ).toEqual([{ id: 'm' }]);
  });
});

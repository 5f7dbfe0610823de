import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { FetchAnswer } from './client.ts';
import { makeUpstream } from './undici-client.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = await makeUpstream({ clock: { now: () => Date.now() }, env: {} });
  onTestFinished(async () => {
    await upstream.close();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, upstream };
}

async function textOf({ body }: FetchAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('gives status, every header and the body', async () => {
  const { url, upstream } = await serve((request, response) => {
    response.setHeader('x-two', ['a', 'b']);
    response.writeHead(418).end(`${request.method} ${request.url}`);
  });
  const answer = await upstream.fetch(`${url}/path?q=1`, { method: 'POST', headers: {}, body: 'x' });
  expect(answer.status).toBe(418);
  expect([...answer.headers].filter(([name]) => name === 'x-two')).toEqual([
    ['x-two', 'a'],
    ['x-two', 'b'],
  ]);
  expect(await textOf(answer)).toBe('POST /path?q=1');
});

it('does not follow a redirect', async () => {
  const seen: string[] = [];
  const { url, upstream } = await serve((request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect((await upstream.fetch(url, { method: 'GET', headers: {} })).status).toBe(302);
  expect(seen).toEqual(['/']);
});

it('takes an answer without a body', async () => {
  const { url, upstream } = await serve((_, response) => void response.writeHead(204).end());
  expect(await textOf(await upstream.fetch(url, { method: 'GET', headers: {} }))).toBe('');
});

it('stops reading what is larger than anything it is for', async () => {
  const { url, upstream } = await serve((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1_000_000)));
      response.once('drain', more);
    };
    more();
  });
  await expect(upstream.fetch(url, { method: 'GET', headers: {} })).rejects.toMatchObject({
    failure: {
      kind: 'upstream-unreachable',
      message: expect.stringContaining('larger than 16 MB') as string,
    },
  });
});

it('says which host could not be reached', async () => {
  const { url, upstream } = await serve((request) => request.socket.destroy());
  const { host } = new URL(url);
  await expect(upstream.fetch(url, { method: 'GET', headers: {} })).rejects.toMatchObject({
    failure: { kind: 'upstream-unreachable', message: expect.stringContaining(host) as string },
  });
});

it('ends at once when its signal aborts', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const { url, upstream } = await serve(() => abort.abort(reason));
  const asking = upstream.fetch(url, { method: 'GET', headers: {}, signal: abort.signal });
  await expect(asking).rejects.toBe(reason);
  await expect(upstream.fetch(url, { method: 'GET', headers: {}, signal: abort.signal })).rejects.toBe(
    reason,
  );
});

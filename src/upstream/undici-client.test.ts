import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { makeUpstream } from './undici-client.ts';

/** Longer than the rest of an error is waited for, in milliseconds. */
const LONG_MS = 15_000;

/** Calls of a server, by a clock that a test may move on. Each tells how its answer ended, and stays quiet until then. */
async function callsOf(listener: RequestListener) {
  let aheadMs = 0;
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = await makeUpstream({ clock: { now: () => Date.now() + aheadMs }, env: {} });
  onTestFinished(async () => {
    await upstream.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ends = new Map<string, string>();
  const begin = (path: string) =>
    new Promise<void>((begun) => {
      const limits = { firstByteMs: 300_000, idleMs: 300_000 };
      upstream.call(
        { url: url + path, method: 'GET', headers: {}, ...limits },
        {
          onHead() {},
          onData: () => begun(),
          onEnd: () => void ends.set(path, 'end'),
          onFailure: (kind) => void ends.set(path, kind),
        },
      );
    });
  return { begin, ends, advance: (ms: number) => void (aheadMs += ms) };
}

it('waits for the rest of an error a short while in all, and for an answer as long as it may be silent', async () => {
  const { begin, ends, advance } = await callsOf(({ url }, response) => {
    response.writeHead(url === '/good' ? 200 : 429).write('{');
    if (url !== '/dripping') return;
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  });
  await Promise.all([begin('/good'), begin('/silent'), begin('/dripping')]);
  advance(LONG_MS);
  await expect
    .poll(() => Object.fromEntries(ends), { interval: 10 })
    .toEqual({
      '/silent': 'slow',
      '/dripping': 'slow',
    });
});

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openListener } from './loopback.ts';
import type { LoopbackListener, Reception } from './loopback.ts';

const open: LoopbackListener[] = [];

async function listenFor(
  receive: (query: URLSearchParams) => Reception,
  path = '/callback',
): Promise<LoopbackListener> {
  const listener = await openListener({ host: '127.0.0.1', port: 0, path });
  listener.onCallback(receive);
  open.push(listener);
  return listener;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

const ignore = (): Reception => ({ kind: 'ignored' });
const take = (): Reception => ({ kind: 'taken', ending: Promise.resolve('done') });

function send(
  uri: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ answer: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    request(uri, { agent: false, ...options }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('end', () => resolve({ answer, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the loopback listener', () => {
  it('answers with a page that nothing stores, refers from, frames or scripts, and ends the connection', async () => {
    const listener = await listenFor(take);
    const { answer, text } = await send(`${listener.redirectUri}?code=c0de&state=<script>`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(text).toContain('You are signed in');
    expect(text).not.toMatch(/c0de|<script/);
  });

  it('hands over the query, decoded', async () => {
    const seen: string[] = [];
    const listener = await listenFor((query) => {
      seen.push(`${query.get('code')} ${query.get('state')}`);
      return take();
    });
    await send(`${listener.redirectUri}?code=a%2Fb&state=s`);
    expect(seen).toEqual(['a/b s']);
  });

  it('answers 400 to what is not for it, and 410 to what comes too late', async () => {
    const replies: Reception[] = [{ kind: 'ignored' }, { kind: 'used' }];
    const listener = await listenFor(() => replies.shift() ?? ignore());
    expect((await send(listener.redirectUri)).answer.statusCode).toBe(400);
    expect((await send(listener.redirectUri)).answer.statusCode).toBe(410);
  });

  it.each(['', '/', '/callback/', '/callback/x', '//callback', '/Callback', '/callback%20'])(
    'answers 404 to the path "%s", and receives nothing',
    async (path) => {
      let received = 0;
      const listener = await listenFor(() => {
        received += 1;
        return take();
      });
      const { origin } = new URL(listener.redirectUri);
      expect((await send(`${origin}${path}?code=c`)).answer.statusCode).toBe(404);
      expect(received).toBe(0);
    },
  );

  it.each(['POST', 'HEAD', 'OPTIONS', 'DELETE'])('answers 405 to %s', async (method) => {
    const listener = await listenFor(() => {
      throw new Error('received');
    });
    const { answer } = await send(`${listener.redirectUri}?code=c`, { method });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET');
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example'])(
    'answers 400 to the Host %s, and receives nothing',
    async (host) => {
      const listener = await listenFor(() => {
        throw new Error('received');
      });
      const { answer } = await send(`${listener.redirectUri}?code=c`, { headers: { host } });
      expect(answer.statusCode).toBe(400);
    },
  );

  it('finishes the page before it closes, and leaves no socket open', async () => {
    let finish: (ending: 'failed') => void = () => undefined;
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const ending = new Promise<'failed'>((resolve) => (finish = resolve));
    const listener = await listenFor(() => {
      arrived();
      return { kind: 'taken', ending };
    });
    const idle = connect(Number(new URL(listener.redirectUri).port), '127.0.0.1');
    idle.on('error', () => undefined);
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    const reply = send(listener.redirectUri);
    await arrival;
    finish('failed');
    await listener.close();
    expect((await reply).text).toContain('did not succeed');
    await idleClosed;
    await expect(send(listener.redirectUri)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('closes although the browser went away before its page', async () => {
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const listener = await listenFor(() => {
      arrived();
      return { kind: 'taken', ending: new Promise(() => undefined) };
    });
    const gone = request(listener.redirectUri).on('error', () => undefined);
    gone.end();
    await arrival;
    gone.destroy();
    await listener.close();
  });

  it('names the port that is demanded but taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const failure = {
      kind: 'sign-in',
      reason: 'listener',
      message: expect.stringContaining(`Port ${port}`),
    };
    await expect(openListener({ host: '127.0.0.1', port, path: '/' })).rejects.toMatchObject({ failure });
    await expect(openListener({ host: 'localhost', port, path: '/' })).rejects.toMatchObject({ failure });
    await new Promise((resolve) => other.close(resolve));
  });

  it('opens on no address but this machine', async () => {
    await expect(openListener({ host: '0.0.0.0', port: 0, path: '/' })).rejects.toMatchObject({
      failure: { reason: 'listener' },
    });
  });

  it('listens on both families for localhost, where the machine has both', async () => {
    const listener = await openListener({ host: 'localhost', port: 0, path: '/callback' });
    listener.onCallback(ignore);
    open.push(listener);
    const { port } = new URL(listener.redirectUri);
    expect(listener.redirectUri).toBe(`http://localhost:${port}/callback`);
    expect((await send(`http://127.0.0.1:${port}/callback`)).answer.statusCode).toBe(400);
    const six = await send(`http://[::1]:${port}/callback`).catch((error: { code?: string }) => error);
    // A machine without IPv6 refuses the address itself.
    if ('answer' in six) expect(six.answer.statusCode).toBe(400);
    else expect(six.code).toMatch(/EADDRNOTAVAIL|EAFNOSUPPORT|ENETUNREACH/);
  });
});

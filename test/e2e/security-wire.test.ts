import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/http/server.ts';
import { answer } from '../simulator/faults.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { startBareServer, type BareServer } from './bare-server.ts';
import { head, portOf, raw } from './raw.ts';
import { startRota, type Rota } from './rota.ts';

const BODY = JSON.stringify({ model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hi' }] });

let simulator: Simulator;
let rota: Rota;
let port: number;

beforeAll(async () => {
  simulator = await startSimulator({ models: ['gpt-5.5'] });
  simulator.account('key-one', { label: 'one' });
  rota = await startRota({
    upstream: `${simulator.url}/v1`,
    accounts: [{ label: 'one', key: 'key-one' }],
  });
  port = portOf(rota.url);
});

afterAll(async () => {
  await rota.close();
  await simulator.close();
});

const generations = () => simulator.calls.filter(({ kind }) => kind === 'generate').length;
const own = () => ['Host: 127.0.0.1', `Authorization: Bearer ${rota.key}`];
const json = 'Content-Type: application/json';

describe('the limits of the server', () => {
  it('are what the reference names', () => {
    expect(defaultLimits).toEqual({
      headersMs: 15_000,
      requestMs: 120_000,
      keepAliveMs: 75_000,
      checkMs: 1000,
      maxHeaderBytes: 32_768,
      maxConnections: 4096,
      sockets: { pingMs: 30_000, idleMs: 900_000 },
    });
  });
});

describe('a slow client', () => {
  let bare: BareServer | undefined;
  afterEach(async () => {
    await bare?.server.close(0);
    bare = undefined;
  });
  const post = head(
    'POST /v1/chat/completions HTTP/1.1',
    'Host: 127.0.0.1',
    'Authorization: Bearer local',
    json,
    'Content-Length: 100',
  );

  /** A byte now and then, so that the connection is never silent. */
  function drip(socket: Socket, byte: string): void {
    const timer = setInterval(() => socket.write(byte), 10);
    socket.on('close', () => clearInterval(timer));
    socket.on('error', () => clearInterval(timer));
  }

  it('that sends its headers byte by byte is cut off with a 408', async () => {
    bare = await startBareServer({}, { headersMs: 150, checkMs: 20 });
    const seen = await raw(bare.server.port, 'GET /healthz HTTP/1.1\r\nX: ', {
      untilClosed: true,
      onConnect: (socket) => drip(socket, 'a'),
    });
    expect(seen.status).toBe(408);
  });

  it('that sends nothing at all is cut off', async () => {
    bare = await startBareServer({}, { headersMs: 150, checkMs: 20 });
    expect((await raw(bare.server.port, '', { untilClosed: true })).end).toBe('closed');
  });

  it('that sends its body byte by byte is cut off with a 408', async () => {
    bare = await startBareServer({}, { headersMs: 100, requestMs: 150, checkMs: 20 });
    const seen = await raw(bare.server.port, post, {
      untilClosed: true,
      onConnect: (socket) => drip(socket, ' '),
    });
    expect(seen.status).toBe(408);
  });

  it('is not one whose answer takes long', async () => {
    bare = await startBareServer(
      {
        gateway: {
          async handle({ reply }) {
            setTimeout(() => {
              reply.head(200, ['content-length', '2']);
              reply.end(Buffer.from('ok'));
            }, 600);
          },
        },
      },
      { headersMs: 100, requestMs: 150, checkMs: 20 },
    );
    const seen = await raw(bare.server.port, post + ' '.repeat(100));
    expect(seen.status).toBe(200);
  });

  it('that keeps its connection idle is let go', async () => {
    bare = await startBareServer({}, { keepAliveMs: 150, checkMs: 20 });
    const seen = await raw(bare.server.port, head('GET /healthz HTTP/1.1', 'Host: 127.0.0.1'), {
      untilClosed: true,
    });
    expect(seen.status).toBe(200);
    expect(seen.end).toBe('closed');
  });

  it('that was refused, and goes on and on with its body, is let go too', async () => {
    bare = await startBareServer({ maxBodyBytes: () => 10 }, { headersMs: 100, requestMs: 300, checkMs: 20 });
    const seen = await raw(bare.server.port, post, {
      untilClosed: true,
      onConnect: (socket) => drip(socket, ' '),
    });
    expect(seen.status).toBe(413);
    // Once, and nothing after it.
    expect(seen.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('connections', () => {
  it('beyond the limit are dropped, and served again when others are gone', async () => {
    const bare = await startBareServer({}, { maxConnections: 20 });
    const ask = () =>
      raw(bare.server.port, head('GET /healthz HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close'), {
        untilClosed: true,
      });
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open(bare.server.port)));
    const kept = () => sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
    await expect.poll(kept, { interval: 5 }).toBeLessThanOrEqual(20);
    expect((await ask()).status).toBe(0);
    for (const socket of sockets) socket.destroy();
    let status = 0;
    for (let tries = 0; tries < 100 && status !== 200; tries += 1) status = (await ask()).status;
    expect(status).toBe(200);
    await bare.server.close(0);
  });

  it('by the thousand, held open with half a request, do not keep others out', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 2000 }, () => open(port, 'POST /v1/chat/completions HTTP/1.1\r\n')),
    );
    const seen = await raw(port, head('GET /healthz HTTP/1.1', 'Host: 127.0.0.1'));
    expect(seen.status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  /** Resolves when the server has taken the connection and had the time to drop it. */
  function open(to: number, bytes = ''): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect(to, '127.0.0.1');
      socket.on('error', () => resolve(socket));
      socket.on('close', () => resolve(socket));
      socket.on('data', () => undefined);
      socket.on('connect', () => {
        if (bytes !== '') socket.write(bytes);
        setTimeout(() => resolve(socket), 300);
      });
    });
  }
});

describe('headers', () => {
  it('that are too many or too large are a 431, which the client gets to read', async () => {
    const bombs = [
      [`X-Bomb: ${'a'.repeat(40_000)}`],
      [`${'a'.repeat(40_000)}: x`],
      [`Cookie: ${'a=b; '.repeat(2_000_000)}`],
      Array.from({ length: 10_000 }, (_, index) => `X-${index}: a`),
    ];
    for (const headers of bombs) {
      const seen = await raw(port, head('GET /v1/models HTTP/1.1', ...own(), ...headers), {
        untilClosed: true,
      });
      expect(seen.status).toBe(431);
      expect(seen.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    }
  });

  it('that come after the body in a chunked request are no headers', async () => {
    const bytes = `${head('POST /v1/chat/completions HTTP/1.1', 'Host: 127.0.0.1', json, 'Transfer-Encoding: chunked', 'Trailer: Authorization')}${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\nAuthorization: Bearer ${rota.key}\r\n\r\n`;
    expect((await raw(port, bytes)).status).toBe(401);
  });

  it('of one connection are not passed on, and neither is what a client says about itself', async () => {
    const sent = [
      'Cookie: session=abc',
      'X-Forwarded-For: 1.2.3.4',
      'X-Forwarded-Host: evil.example',
      'Forwarded: for=1.2.3.4',
      'X-Real-Ip: 1.2.3.4',
      'Via: 1.1 evil',
      'Proxy-Authorization: Basic abc',
      'TE: trailers',
      'Keep-Alive: timeout=5',
      'X-Rota-Account: two',
      'X-Http-Method-Override: DELETE',
      'Upgrade-Insecure-Requests: 1',
      'Api-Key: other',
      'OpenAI-Organization: org-mine',
    ];
    const bytes =
      head('POST /v1/chat/completions HTTP/1.1', ...own(), json, `Content-Length: ${BODY.length}`, ...sent) +
      BODY;
    expect((await raw(port, bytes)).status).toBe(200);
    expect(simulator.unexpected).toEqual([]);
    const headers = simulator.calls.filter(({ kind }) => kind === 'generate').at(-1)?.headers ?? {};
    const allowed = [
      'host',
      'connection',
      'content-type',
      'content-length',
      'user-agent',
      'accept-encoding',
      'authorization',
      'openai-organization',
    ];
    expect(Object.keys(headers).filter((name) => !allowed.includes(name))).toEqual([]);
    expect(headers.authorization).toBe('Bearer key-one');
  });
});

describe('what could be read in two ways', () => {
  const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
  const smuggled = `GET /-/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  const cases: Record<string, readonly [readonly string[], string]> = {
    'content-length and chunked': [['Content-Length: 4', 'Transfer-Encoding: chunked'], chunked],
    'chunked and content-length': [['Transfer-Encoding: chunked', `Content-Length: ${BODY.length}`], chunked],
    'two content-lengths': [['Content-Length: 4', `Content-Length: ${BODY.length}`], BODY],
    'a list of content-lengths': [[`Content-Length: ${BODY.length}, ${BODY.length}`], BODY],
    'a negative content-length': [['Content-Length: -1'], BODY],
    'a signed content-length': [[`Content-Length: +${BODY.length}`], BODY],
    'a hexadecimal content-length': [['Content-Length: 0x10'], BODY],
    'an endless content-length': [['Content-Length: 99999999999999999999999'], BODY],
    'a blank before the colon': [[`Content-Length : ${BODY.length}`], BODY],
    'a header folded over two lines': [
      ['X: a', ' Content-Length: 4', `Content-Length: ${BODY.length}`],
      BODY,
    ],
    'chunked that is not last': [['Transfer-Encoding: chunked, identity'], chunked],
    'chunked in disguise': [['Transfer-Encoding: xchunked'], chunked],
    'chunked with a tab': [['Transfer-Encoding:\x0bchunked'], chunked],
    'a chunk size that is none': [['Transfer-Encoding: chunked'], `zz\r\n${BODY}\r\n0\r\n\r\n`],
    'a negative chunk size': [['Transfer-Encoding: chunked'], `-5\r\n${BODY}\r\n0\r\n\r\n`],
    'an endless chunk size': [['Transfer-Encoding: chunked'], `ffffffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`],
    'a chunk longer than it says': [['Transfer-Encoding: chunked'], `5\r\n${BODY}\r\n0\r\n\r\n`],
    'a header without a name': [[': x', `Content-Length: ${BODY.length}`], BODY],
    'a NUL in a header': [['X: a\0b', `Content-Length: ${BODY.length}`], BODY],
    'a bare CR in a header': [['X: a\rTransfer-Encoding: chunked', `Content-Length: ${BODY.length}`], BODY],
  };
  for (const [name, [headers, body]] of Object.entries(cases)) {
    it(`is not served: ${name}`, async () => {
      const before = generations();
      const bytes = head('POST /v1/chat/completions HTTP/1.1', ...own(), json, ...headers) + body + smuggled;
      const seen = await raw(port, bytes, { untilClosed: true });
      expect(seen.status).toBe(400);
      expect(seen.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(generations()).toBe(before);
    });
  }

  it('is what comes after a request on the same connection: each is judged for itself', async () => {
    const good = head('GET /v1/models HTTP/1.1', ...own());
    const bad = head('GET /v1/models HTTP/1.1', 'Host: 127.0.0.1');
    const evil = head(
      'GET /v1/models HTTP/1.1',
      'Host: evil.example',
      `Authorization: Bearer ${rota.key}`,
      'Connection: close',
    );
    const seen = await raw(port, good + bad + evil, { untilClosed: true });
    expect(seen.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 403']);
  });

  it('is what follows a refused request with a body: it is thrown away, not answered', async () => {
    const bytes =
      head('POST /nothing HTTP/1.1', 'Host: 127.0.0.1', `Content-Length: ${smuggled.length}`) + smuggled;
    const seen = await raw(port, bytes, { untilClosed: true });
    expect(seen.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401']);
  });

  it('puts no status line into the middle of an answer that is under way', async () => {
    const pieces = { text: 'slow ', chunks: 20, delayMs: 20 };
    simulator.script('key-one', answer(pieces));
    const body = BODY.replace('{', '{"stream":true,');
    const post =
      head('POST /v1/chat/completions HTTP/1.1', ...own(), json, `Content-Length: ${body.length}`) + body;
    const seen = await raw(port, post, {
      untilClosed: true,
      onConnect: (socket) => socket.once('data', () => socket.write('GARBAGE \r\n\r\n\0\0\0')),
    });
    expect(seen.status).toBe(200);
    expect(seen.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('is no HTTP at all', async () => {
    for (const bytes of [
      '\0\0\0\0',
      'hello\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'GET / HTTP/9.9\r\n\r\n',
      'get / http/1.1\r\n\r\n',
      'A'.repeat(100_000),
    ]) {
      const seen = await raw(port, bytes, { untilClosed: true });
      expect({ bytes: bytes.slice(0, 20), refused: [400, 431].includes(seen.status) }).toEqual({
        bytes: bytes.slice(0, 20),
        refused: true,
      });
      expect(seen.body).toBe('');
    }
  });
});

describe('the address', () => {
  it('is 127.0.0.1, and ::1 on the same port, and no other of this machine', async () => {
    const ask = (address: string) => raw(port, head('GET /healthz HTTP/1.1', 'Host: localhost'), { address });
    expect((await ask('127.0.0.1')).status).toBe(200);
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    if (addresses.some(({ address }) => address === '::1')) expect((await ask('::1')).status).toBe(200);
    const others = addresses
      .filter(({ internal, address, scopeid }) => !internal && !(scopeid && address.startsWith('fe80')))
      .map(({ address }) => address);
    // All of 127.0.0.0/8 is this machine on Linux alone.
    if (process.platform === 'linux') others.push('127.0.0.2', '127.255.255.254');
    for (const address of others) {
      expect({ address, end: (await ask(address)).end }).toEqual({ address, end: 'reset' });
    }
  });
});

describe('shutting down', () => {
  it('does not wait for who holds half a connection, a half request or a refused body', async () => {
    const other = await startRota({ upstream: `${simulator.url}/v1`, accounts: [], from: rota });
    const at = portOf(other.url);
    const websocket = ['Connection: Upgrade', 'Upgrade: websocket', 'Host: localhost'];
    const openings = [
      head('GET /v1/responses HTTP/1.1', ...websocket),
      'GET / HTTP/1.1\r\nHost:',
      '',
      'GARBAGE\r\n\r\n',
      head('POST /nothing HTTP/1.1', 'Host: localhost', 'Content-Length: 1000000'),
      head('GET /healthz HTTP/1.1', 'Host: localhost'),
    ];
    const sockets = openings.map((bytes) => {
      const socket = connect({ port: at, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      socket.write(bytes);
      return socket;
    });
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect((await raw(at, head('GET /healthz HTTP/1.1', 'Host: localhost'))).status).toBe(200);
    const startedAt = performance.now();
    await other.stop();
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    for (const socket of sockets) socket.destroy();
  });
});

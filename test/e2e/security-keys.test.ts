import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { errorIn, head, portOf, raw, type RawAnswer } from './raw.ts';
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

function ask(line: string, ...headers: readonly string[]): Promise<RawAnswer> {
  const [method = '', target = ''] = line.split(' ');
  const isPost = method === 'POST';
  const body = isPost ? ['Content-Type: application/json', `Content-Length: ${BODY.length}`] : [];
  const bytes = head(
    `${method} ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...body,
    ...headers,
  );
  return raw(port, isPost ? bytes + BODY : bytes, { untilClosed: true });
}

/** Model lists are asked for in between, by themselves. */
const generations = () => simulator.calls.filter(({ kind }) => kind === 'generate').length;
const bearer = (key: string) => `Authorization: Bearer ${key}`;

/** Everything that is not the key; `key` is the right one. */
const wrongKeys: Readonly<Record<string, (key: string, other: string) => readonly string[]>> = {
  'no key': () => [],
  'a wrong key': () => [bearer('rota_wrong')],
  'a key of the right length': (key) => [bearer('x'.repeat(key.length))],
  'an empty bearer': () => ['Authorization: Bearer '],
  'an empty authorization': () => ['Authorization:'],
  'a beginning of the key': (key) => [bearer(key.slice(0, -1))],
  'the key and more': (key) => [bearer(`${key}x`)],
  'the key twice': (key) => [bearer(`${key},${key}`)],
  'the key in capitals': (key) => [bearer(key.toUpperCase())],
  'the key without a scheme': (key) => [`Authorization: ${key}`],
  'the key as Basic': (key) => [`Authorization: Basic ${Buffer.from(`rota:${key}`).toString('base64')}`],
  'the bare key as Basic': (key) => [`Authorization: Basic ${key}`],
  'the key as Token': (key) => [`Authorization: Token ${key}`],
  'a wrong bearer beside the right key': (key) => [bearer('rota_wrong'), `X-Api-Key: ${key}`],
  'two keys of which the second is right': (key) => [bearer('rota_wrong'), bearer(key)],
  'a wrong x-api-key': () => ['X-Api-Key: rota_wrong'],
  'an empty x-api-key': () => ['X-Api-Key:'],
  'the key twice as x-api-key': (key) => [`X-Api-Key: ${key}`, `X-Api-Key: ${key}`],
  'a wrong x-goog-api-key': () => ['X-Goog-Api-Key: rota_wrong'],
  'the key as a cookie': (key) => [`Cookie: key=${key}; authorization=${key}`],
  'the key for a proxy': (key) => [`Proxy-Authorization: Bearer ${key}`],
  "the other door's key": (_key, other) => [bearer(other)],
  "the upstream's key": () => [bearer('key-one')],
};

describe('the local key', () => {
  for (const [name, headersFor] of Object.entries(wrongKeys)) {
    it(`is asked for on every route: ${name}`, async () => {
      const before = generations();
      const headers = headersFor(rota.key, rota.adminKey);
      const lines = [
        'POST /v1/chat/completions',
        'GET /v1/chat/completions',
        'GET /v1/models',
        'GET /v1/models/gpt-5.5',
      ];
      for (const line of [
        ...lines,
        'GET /',
        'POST /',
        'GET /nothing',
        'DELETE /v1/models',
        'OPTIONS /v1/models',
        'TRACE /',
      ]) {
        const seen = await ask(line, ...headers);
        expect({ line, status: seen.status }).toEqual({ line, status: 401 });
        // The list of models is several protocols': there the error is told to whoever sent the header.
        const isGoogles = line.includes('/v1/models') && headers.some((one) => one.startsWith('X-Goog'));
        const told = isGoogles ? { status: 'UNAUTHENTICATED' } : { code: 'invalid_api_key' };
        expect(errorIn(seen.body)).toMatchObject(told);
        expect(seen.text).not.toContain(rota.key);
        expect(seen.text).not.toContain(rota.adminKey);
      }
      expect(generations()).toBe(before);
    });
  }

  const beside = 'a wrong bearer beside the right key';
  for (const [name, headersFor] of Object.entries(wrongKeys).filter(([one]) => one !== beside)) {
    it(`is asked for by every protocol: ${name}`, async () => {
      const before = simulator.calls.filter(({ kind }) => kind !== 'models').length;
      const headers = headersFor(rota.key, rota.adminKey);
      for (const line of [
        'POST /v1/messages',
        'POST /v1/messages?beta=true&key=rota_wrong',
        'POST /v1/messages/count_tokens',
        'POST /v1/responses',
        'POST /v1beta/models/gpt-5.5:generateContent',
        'POST /v1/models/gpt-5.5:streamGenerateContent?key=rota_wrong',
        'POST /v1beta/models/gpt-5.5:countTokens?key=',
        'GET /v1beta/models',
        'GET /v1beta/models/gpt-5.5',
        'GET /v1/messages',
      ]) {
        const seen = await ask(line, ...headers);
        expect({ line, status: seen.status }).toEqual({ line, status: 401 });
        expect(seen.text).not.toContain(rota.key);
        expect(seen.text).not.toContain(rota.adminKey);
      }
      expect(simulator.calls.filter(({ kind }) => kind !== 'models')).toHaveLength(before);
    });
  }

  it('is not read from a query of a protocol that has no such parameter', async () => {
    for (const path of ['/v1/messages', '/v1/responses', '/v1/messages/count_tokens']) {
      expect((await ask(`POST ${path}?key=${rota.key}`)).status).toBe(401);
    }
  });

  it('is not read from a query, where it would be logged: not on a path of OpenAI', async () => {
    const query = `?key=${rota.key}&api_key=${rota.key}&access_token=${rota.key}`;
    for (const path of ['/v1/chat/completions', '/v1/models', '/nothing']) {
      const seen = await ask(`${path.includes('chat') ? 'POST' : 'GET'} ${path}${query}`);
      expect({ path, status: seen.status }).toEqual({ path, status: 401 });
      expect(seen.text).not.toContain(rota.key);
    }
    expect(rota.logLines.join('\n')).not.toContain(rota.key);
  });

  it('is not accepted in a body', async () => {
    const body = JSON.stringify({ ...(JSON.parse(BODY) as object), key: rota.key, api_key: rota.key });
    const headers = ['Host: 127.0.0.1', 'Content-Type: application/json', `Content-Length: ${body.length}`];
    expect((await raw(port, head('POST /v1/chat/completions HTTP/1.1', ...headers) + body)).status).toBe(401);
  });

  it('opens by each of the headers that assistants have', async () => {
    const ways = [
      bearer(rota.key),
      `authorization: bearer   ${rota.key}`,
      `X-Api-Key: ${rota.key}`,
      `X-Goog-Api-Key: ${rota.key}`,
    ];
    for (const way of ways) expect((await ask('GET /v1/models', way)).status).toBe(200);
  });
});

describe('the admin key', () => {
  const lines = ['GET /-/status', 'POST /-/reset', 'POST /-/reload', 'GET /-/nothing', 'GET /-', 'GET /-/'];
  for (const [name, headersFor] of Object.entries(wrongKeys)) {
    it(`is asked for on every control route: ${name}`, async () => {
      for (const line of lines) {
        const seen = await ask(line, ...headersFor(rota.adminKey, rota.key));
        expect({ line, status: seen.status }).toEqual({ line, status: 401 });
      }
    });
  }

  it('opens the control routes, and what is none of them is a 404 in JSON', async () => {
    expect((await ask('GET /-/status', bearer(rota.adminKey))).status).toBe(200);
    for (const line of ['GET /-/nothing', 'DELETE /-/status', 'GET /-/', 'GET /-', 'GET /-/status/']) {
      const seen = await ask(line, bearer(rota.adminKey));
      expect({ line, status: seen.status }).toEqual({ line, status: 404 });
      expect(errorIn(seen.body).code).toBe('not_found');
    }
  });

  it('is not repeated where someone put it into an address', async () => {
    const seen = await ask(`GET /-/nothing?key=${rota.adminKey}`, bearer(rota.adminKey));
    expect(seen.status).toBe(404);
    expect(seen.text).not.toContain(rota.adminKey);
  });
});

describe('routes', () => {
  it('that do not exist are a 404 in JSON for who has the key', async () => {
    for (const line of [
      'GET /',
      'GET /nothing',
      'POST /v1/chat/completions/',
      'POST /V1/chat/completions',
      'GET /favicon.ico',
      'GET /api/hello',
    ]) {
      const seen = await ask(line, bearer(rota.key));
      expect({ line, status: seen.status }).toEqual({ line, status: 404 });
      expect(seen.headers['content-type']).toBe('application/json');
      expect(errorIn(seen.body).code).toBe('not_found');
    }
  });

  it('that take POST are a 405 that says so to anything else', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const seen = await ask(`${method} /v1/chat/completions`, bearer(rota.key));
      expect({ method, status: seen.status }).toEqual({ method, status: 405 });
      expect(seen.headers['allow']).toBe('POST');
    }
    expect((await ask('HEAD /v1/chat/completions', bearer(rota.key))).status).toBe(405);
  });

  it('that clients try first answer without a key, and say nothing', async () => {
    for (const line of ['HEAD /', 'HEAD /api/hello']) {
      const seen = await ask(line);
      expect({ line, status: seen.status, body: seen.body }).toEqual({ line, status: 200, body: '' });
    }
    const health = await ask('GET /healthz');
    expect(health.status).toBe(200);
    expect(Object.keys(JSON.parse(health.body) as object).toSorted()).toEqual([
      'name',
      'pid',
      'startedAt',
      'status',
      'version',
    ]);
  });

  it('tell nothing of what they are made with', async () => {
    const seen = await ask('GET /healthz');
    expect(Object.keys(seen.headers)).not.toContain('x-powered-by');
    expect(Object.keys(seen.headers)).not.toContain('server');
  });
});

describe('an upgrade', () => {
  const websocket = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  const upgrade = (path: string, ...headers: readonly string[]): Promise<RawAnswer> =>
    raw(port, head(`GET ${path} HTTP/1.1`, ...websocket, ...headers), { untilClosed: true });

  it('that is no WebSocket as it should be is told so by 426, and the connection is closed', async () => {
    const others: readonly (readonly string[])[] = [
      ['Connection: Upgrade', 'Upgrade: websocket'],
      ['Connection: Upgrade', 'Upgrade: h2c, websocket'],
      [...websocket.slice(0, 2), 'Sec-WebSocket-Version: 8', ...websocket.slice(3)],
      [...websocket.slice(0, 3), 'Sec-WebSocket-Key: c2hvcnQ='],
    ];
    for (const lines of others) {
      const bytes = head('GET /v1/responses HTTP/1.1', ...lines, 'Host: localhost', bearer(rota.key));
      const seen = await raw(port, bytes, { untilClosed: true });
      expect({ lines, status: seen.status, end: seen.end }).toEqual({ lines, status: 426, end: 'closed' });
      expect(seen.headers['connection']).toBe('close');
      expect(seen.headers['x-request-id']).toMatch(/^req_/);
      expect(errorIn(seen.body).type).toBe('invalid_request_error');
    }
  });

  it('opens a WebSocket, without compression and without a subprotocol', async () => {
    const offers = ['Sec-WebSocket-Extensions: permessage-deflate', `Sec-WebSocket-Protocol: a.${rota.key}`];
    const bytes = head(
      'GET /v1/responses HTTP/1.1',
      ...websocket,
      ...offers,
      'Host: localhost',
      bearer(rota.key),
    );
    const onConnect = (socket: Socket) => {
      // A close frame, masked with zeros, of code 1000.
      socket.once('data', () => socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])));
    };
    const seen = await raw(port, bytes, { untilClosed: true, onConnect });
    expect([seen.status, seen.end]).toEqual([101, 'closed']);
    expect(seen.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(seen.headers['sec-websocket-extensions']).toBeUndefined();
    expect(seen.text).not.toContain(rota.key);
  });

  it('needs the key, the right one, and not in the query', async () => {
    expect((await upgrade('/v1/responses', 'Host: localhost')).status).toBe(401);
    expect((await upgrade('/v1/responses', 'Host: localhost', bearer(rota.adminKey))).status).toBe(401);
    expect((await upgrade(`/v1/responses?key=${rota.key}`, 'Host: localhost')).status).toBe(401);
    expect((await upgrade('/-/status', 'Host: localhost')).status).toBe(401);
  });

  it('is a 404 elsewhere', async () => {
    for (const path of [
      '/',
      '/v1/chat/completions',
      '/-/status',
      '/healthz',
      '/v1/responses/',
      '//v1/responses',
    ]) {
      const seen = await upgrade(path, 'Host: localhost', bearer(rota.key));
      expect({ path, status: seen.status, end: seen.end }).toEqual({ path, status: 404, end: 'closed' });
    }
  });

  describe('to HTTP/2, which Java’s own client offers with every request, is passed over', () => {
    const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
    const post = (...headers: readonly string[]) =>
      head(
        'POST /v1/chat/completions HTTP/1.1',
        ...offer,
        'Content-Type: application/json',
        `Content-Length: ${BODY.length}`,
        ...headers,
      ) + BODY;
    const health = head('GET /healthz HTTP/1.1', 'Host: localhost', ...offer);

    it('and the request is served', async () => {
      const seen = await raw(port, post('Host: localhost', bearer(rota.key)));
      expect(seen.status).toBe(200);
      expect(seen.body).toContain('hello from one');
    });

    it('with a body that comes late, and again on the same connection', async () => {
      const bytes = post('Host: localhost', bearer(rota.key));
      const last = post('Host: localhost', bearer(rota.key)).replace(
        'Upgrade, HTTP2',
        'close, Upgrade, HTTP2',
      );
      const seen = await raw(port, bytes.slice(0, -BODY.length), {
        untilClosed: true,
        onConnect(socket) {
          socket.once('data', () => socket.write(last));
          void raw(port, health).then(() => socket.write(BODY));
        },
      });
      expect(seen.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    });

    it('and the door and the key stand before it as ever', async () => {
      const ended = { untilClosed: true };
      const close = (bytes: string) => bytes.replace('Connection: ', 'Connection: close, ');
      expect((await raw(port, close(post('Host: localhost')), ended)).status).toBe(401);
      expect((await raw(port, close(post('Host: evil.example', bearer(rota.key))), ended)).status).toBe(403);
      expect((await raw(port, close(health), ended)).status).toBe(200);
    });
  });

  it('leaves nothing behind with a client that never closes its half', async () => {
    const bytes = head('GET /v1/responses HTTP/1.1', 'Host: evil.example', ...websocket);
    await closedUnder(bytes);
  });
});

/** Resolves once the server has let the connection go, though this side holds its half open. */
function closedUnder(bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', () => undefined);
    // What is written to a connection that is gone comes back as a reset.
    const probe = setInterval(() => socket.write('x'), 50);
    socket.on('error', () => {
      clearInterval(probe);
      resolve();
    });
  });
}

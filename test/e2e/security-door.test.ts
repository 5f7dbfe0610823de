import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer } from '../simulator/faults.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { errorIn, head, portOf, raw, type RawAnswer } from './raw.ts';
import { startRota, type Rota } from './rota.ts';

const ALLOWED = 'https://app.example.com';
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
    settings: { listen: { allowedOrigins: [ALLOWED], allowedHosts: ['host.docker.internal'] } },
  });
  port = portOf(rota.url);
});

afterAll(async () => {
  await rota.close();
  await simulator.close();
});

interface Kind {
  readonly name: string;
  /** What a rightful request gets. */
  readonly status: number;
  request(...headers: readonly string[]): string;
}

/** One of each way into the server, all with the right key: only the door can refuse them. */
const kinds: readonly Kind[] = [
  {
    name: 'POST /v1/chat/completions',
    status: 200,
    request: (...headers) => post('/v1/chat/completions', rota.key, headers),
  },
  {
    name: 'GET /v1/models',
    status: 200,
    request: (...headers) => get('GET', '/v1/models', rota.key, headers),
  },
  { name: 'GET /healthz', status: 200, request: (...headers) => get('GET', '/healthz', undefined, headers) },
  { name: 'HEAD /', status: 200, request: (...headers) => get('HEAD', '/', undefined, headers) },
  {
    name: 'HEAD /api/hello',
    status: 200,
    request: (...headers) => get('HEAD', '/api/hello', undefined, headers),
  },
  {
    name: 'GET /-/status',
    status: 200,
    request: (...headers) => get('GET', '/-/status', rota.adminKey, headers),
  },
  {
    name: 'POST /-/reset',
    status: 200,
    request: (...headers) => get('POST', '/-/reset', rota.adminKey, headers),
  },
  {
    name: 'an unknown route',
    status: 404,
    request: (...headers) => get('GET', '/nothing', rota.key, headers),
  },
  {
    name: 'an upgrade',
    status: 426,
    request: (...headers) =>
      get('GET', '/v1/responses', rota.key, ['Connection: Upgrade', 'Upgrade: websocket', ...headers]),
  },
];

function get(method: string, path: string, key: string | undefined, headers: readonly string[]): string {
  const closing = headers.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close'];
  const length = method === 'POST' ? ['Content-Length: 0'] : [];
  const own = key === undefined ? [] : [`Authorization: Bearer ${key}`];
  return head(`${method} ${path} HTTP/1.1`, ...own, ...length, ...closing, ...headers);
}

function post(path: string, key: string, headers: readonly string[]): string {
  const own = ['Content-Type: application/json', `Content-Length: ${BODY.length}`, 'Connection: close'];
  return head(`POST ${path} HTTP/1.1`, `Authorization: Bearer ${key}`, ...own, ...headers) + BODY;
}

async function send(kind: Kind, ...headers: readonly string[]): Promise<RawAnswer> {
  return raw(port, kind.request(...headers), { untilClosed: true });
}

/** A refusal tells the way on in JSON, gives no browser anything, and reaches no upstream. */
function expectRefused(kind: Kind, seen: RawAnswer, callsBefore: number): void {
  expect(seen.status).toBe(403);
  if (!kind.name.startsWith('HEAD')) expect(errorIn(seen.body).type).toBe('request_forbidden');
  expect(corsOf(seen)).toEqual([]);
  expect(generations()).toBe(callsBefore);
}

function corsOf({ headers }: RawAnswer): readonly string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'));
}

function generations(): number {
  return simulator.calls.filter(({ kind }) => kind === 'generate').length;
}

const ownHosts = [
  '127.0.0.1',
  'localhost',
  'LOCALHOST',
  'LocalHost:8317',
  '[::1]',
  '[::1]:9',
  '127.0.0.1:1',
  'Host.Docker.Internal:80',
];

/** A rebound name above all: the page's own name resolves to 127.0.0.1, and its requests carry no Origin. */
const foreignHosts = [
  'evil.example',
  'evil.example:8317',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'evil.example/127.0.0.1',
  'evil.example#localhost',
  'evil.example@127.0.0.1',
  'user@127.0.0.1',
  'user:pass@localhost',
  '127.0.0.1@evil.example',
  '127.0.0.1.',
  'localhost.',
  'LOCALHOST.evil.example',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '2130706433',
  '127.1',
  '127.0.1',
  '0.0.0.0',
  '0',
  '::1',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[0:0:0:0:0:0:0:1]',
  '[::1].evil.example',
  '[::1]evil.example',
  '[::1%25lo]',
  '127.0.0.1, evil.example',
  '127.0.0.1 evil.example',
  '127.0.0.1:8317:80',
  '127.0.0.1:',
  '127.0.0.1:http',
  '192.168.0.10',
  'sub.host.docker.internal',
  'xhost.docker.internal',
  '"localhost"',
  '%6c%6f%63%61%6c%68%6f%73%74',
];

describe('the Host header', () => {
  for (const kind of kinds) {
    it(`lets ${kind.name} in under each of our own names`, async () => {
      for (const host of ownHosts) {
        const seen = await send(kind, `Host: ${host}`);
        expect({ host, status: seen.status }).toEqual({ host, status: kind.status });
      }
    });

    it(`keeps ${kind.name} out under a rebound or disguised name`, async () => {
      const before = generations();
      for (const host of foreignHosts) {
        const seen = await send(kind, `Host: ${host}`);
        expect({ host, status: seen.status }).toEqual({ host, status: 403 });
        expectRefused(kind, seen, before);
      }
    });

    it(`keeps ${kind.name} out with none, an empty one or two of them`, async () => {
      const before = generations();
      const cases: Record<string, readonly string[]> = {
        none: [],
        empty: ['Host:'],
        blank: ['Host:   '],
        'ours, then another': ['Host: 127.0.0.1', 'Host: evil.example'],
        'another, then ours': ['Host: evil.example', 'Host: 127.0.0.1'],
        'ours twice': ['Host: 127.0.0.1', 'host: 127.0.0.1'],
      };
      for (const [name, headers] of Object.entries(cases)) {
        const seen = await send(kind, ...headers);
        expect({ name, refused: [400, 403].includes(seen.status) }).toEqual({ name, refused: true });
        expect(corsOf(seen)).toEqual([]);
      }
      expect(generations()).toBe(before);
    });
  }

  it('is needed in HTTP/1.0 too, which knows no Host', async () => {
    const seen = await raw(port, head('GET /healthz HTTP/1.0'), { untilClosed: true });
    expect(seen.status).toBe(403);
  });

  it('does not say in a header what was sent in the name', async () => {
    const seen = await raw(port, head('GET /healthz HTTP/1.1', 'Host: evil<script>.example'));
    expect(seen.status).toBe(403);
    expect(seen.headers['content-type']).toBe('application/json');
    expect(seen.body).not.toContain('<script>');
  });
});

describe('a request target in absolute form', () => {
  const targets = [
    'http://evil.example/v1/models',
    'http://evil.example:8317/v1/models',
    'http://127.0.0.1@evil.example/v1/models',
    'http://127.0.0.1.evil.example/healthz',
    'http://evil.example/-/status',
    'https://evil.example/healthz',
    'http://[/healthz',
    'http://[::1/healthz',
    'http:///healthz',
    'http://127.0.0.1/healthz',
    '?x',
    '*',
  ];
  for (const target of targets) {
    it(`is not served: ${target}`, async () => {
      const bytes = head(`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close');
      const seen = await raw(port, bytes, { untilClosed: true });
      expect(seen.status).toBe(400);
      expect(seen.body).not.toContain('<');
    });
  }

  it('is not served to an upgrade either', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', `Authorization: Bearer ${rota.key}`];
    const bytes = head('GET http://evil.example/v1/responses HTTP/1.1', 'Host: 127.0.0.1', ...upgrade);
    expect((await raw(port, bytes, { untilClosed: true })).status).toBe(400);
  });

  it('opens no tunnel', async () => {
    const before = simulator.calls.length;
    const bytes = head(`CONNECT 127.0.0.1:${portOf(simulator.url)} HTTP/1.1`, 'Host: 127.0.0.1');
    const seen = await raw(port, bytes, { untilClosed: true });
    expect(seen.status).not.toBe(200);
    expect(simulator.calls.length).toBe(before);
  });
});

const foreignOrigins = [
  'https://evil.example',
  'http://evil.example',
  'null',
  '',
  'http://127.0.0.1',
  'http://localhost:3000',
  'https://app.example.com.evil.example',
  'https://app.example.com:444',
  'http://app.example.com',
  'https://evil.example, https://app.example.com',
  'https://app.example.com/',
  'https://xapp.example.com',
  'file://',
  'chrome-extension://abcdefghijklmnop',
];

describe('a web page', () => {
  for (const kind of kinds) {
    it(`of a foreign origin is kept from ${kind.name}`, async () => {
      const before = generations();
      for (const origin of foreignOrigins) {
        const seen = await send(kind, 'Host: 127.0.0.1', `Origin: ${origin}`);
        expect({ origin, status: seen.status }).toEqual({ origin, status: 403 });
        expectRefused(kind, seen, before);
      }
      const twice = await send(kind, 'Host: 127.0.0.1', `Origin: ${ALLOWED}`, 'Origin: https://evil.example');
      expectRefused(kind, twice, before);
    });

    it(`that names no origin is kept from ${kind.name} by what the browser says of its site`, async () => {
      const before = generations();
      for (const site of ['cross-site', 'same-site', 'Cross-Site', 'none, cross-site', 'future-site']) {
        const seen = await send(kind, 'Host: 127.0.0.1', `Sec-Fetch-Site: ${site}`);
        expect({ site, status: seen.status }).toEqual({ site, status: 403 });
        expectRefused(kind, seen, before);
      }
    });
  }

  it('does not ask in vain to be asked first: a foreign preflight gets nothing', async () => {
    for (const path of ['/v1/chat/completions', '/-/status', '/healthz', '/nothing']) {
      const asked = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization'];
      const bytes = head(
        `OPTIONS ${path} HTTP/1.1`,
        'Host: 127.0.0.1',
        'Origin: https://evil.example',
        ...asked,
      );
      const seen = await raw(port, bytes);
      expect(seen.status).toBe(403);
      expect(corsOf(seen)).toEqual([]);
    }
  });

  it('that was typed in by a person, and a program that says "same-origin", are no foreign pages', async () => {
    for (const site of ['none', 'same-origin']) {
      const bytes = head('GET /healthz HTTP/1.1', 'Host: 127.0.0.1', `Sec-Fetch-Site: ${site}`);
      expect((await raw(port, bytes)).status).toBe(200);
    }
  });

  it('cannot put itself on the list as "null" or "*"', async () => {
    for (const origin of ['null', '*', 'https://*.example.com', 'https://app.example.com/path']) {
      const settings = { listen: { allowedOrigins: [origin] } };
      await expect(
        startRota({ upstream: `${simulator.url}/v1`, accounts: [], settings }),
      ).rejects.toMatchObject({
        failure: { kind: 'settings' },
      });
    }
  });
});

describe('an allowed origin', () => {
  const origin = `Origin: ${ALLOWED}`;

  it('may ask first without a key, and is told what it may send', async () => {
    const bytes = head(
      'OPTIONS /v1/chat/completions HTTP/1.1',
      'Host: 127.0.0.1',
      origin,
      'Connection: close',
    );
    const seen = await raw(port, bytes, { untilClosed: true });
    expect(seen.status).toBe(204);
    expect(seen.headers['access-control-allow-origin']).toBe(ALLOWED);
    expect(seen.headers['access-control-allow-headers']).toContain('authorization');
    expect(seen.headers['vary']).toBe('origin');
    expect(seen.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(seen.text).not.toContain('*');
  });

  it('may send what an SDK in a page sends besides', async () => {
    const wanted = 'authorization, content-type, x-stainless-os';
    const seen = await raw(
      port,
      head(
        'OPTIONS /v1/chat/completions HTTP/1.1',
        'Host: 127.0.0.1',
        origin,
        `Access-Control-Request-Headers: ${wanted}`,
        'Connection: close',
      ),
      { untilClosed: true },
    );
    expect(seen.headers['access-control-allow-headers']).toBe(wanted);
  });

  it('still needs the right Host to ask', async () => {
    const seen = await raw(port, head('OPTIONS / HTTP/1.1', 'Host: evil.example', origin));
    expect(seen.status).toBe(403);
  });

  it('still needs the key, and can read why it was refused', async () => {
    const seen = await raw(port, head('GET /v1/models HTTP/1.1', 'Host: 127.0.0.1', origin));
    expect(seen.status).toBe(401);
    expect(seen.headers['access-control-allow-origin']).toBe(ALLOWED);
  });

  it('reads answers and the headers of ours, never `*`, and nothing that the upstream allows', async () => {
    const theirs = {
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-secret',
      'access-control-max-age': '86400',
    };
    const cases = [answer({ headers: theirs }), { kind: 'status', status: 400, headers: theirs } as const];
    for (const behaviour of cases) {
      simulator.script('key-one', behaviour);
      const seen = await raw(port, post('/v1/chat/completions', rota.key, ['Host: localhost', origin]), {
        untilClosed: true,
      });
      expect(seen.status).toBe(behaviour.kind === 'status' ? 400 : 200);
      expect(corsOf(seen).toSorted()).toEqual([
        'access-control-allow-origin',
        'access-control-expose-headers',
      ]);
      expect(seen.headers['access-control-allow-origin']).toBe(ALLOWED);
      const ours = Object.keys(seen.headers).filter((name) => /^x-rota-(?!upstream-)/.test(name));
      expect(ours).toContain('x-rota-account');
      for (const name of [...ours, 'x-request-id', 'x-rota-dropped', 'x-should-retry']) {
        expect(seen.headers['access-control-expose-headers']).toContain(name);
      }
      expect(seen.text.match(/^access-control-allow-origin:/gim)).toHaveLength(1);
    }
  });

  it('is not made up for a client that names none', async () => {
    simulator.script('key-one', answer({ headers: { 'access-control-allow-origin': '*' } }));
    const seen = await raw(port, post('/v1/chat/completions', rota.key, ['Host: 127.0.0.1']), {
      untilClosed: true,
    });
    expect(seen.status).toBe(200);
    expect(corsOf(seen)).toEqual([]);
  });
});

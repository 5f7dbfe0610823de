import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { errorIn, head, portOf, raw, type RawAnswer } from './raw.ts';
import { startRota, type Rota } from './rota.ts';

const MB = 1024 * 1024;
const LIMIT = MB / 2;
const HUGE = 100 * MB;
const ASK = { model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hi' }] };
const BODY = JSON.stringify(ASK);

let simulator: Simulator;
let rota: Rota;
let port: number;

beforeAll(async () => {
  simulator = await startSimulator({ models: ['gpt-5.5'] });
  simulator.account('key-one', { label: 'one' });
  rota = await startRota({
    upstream: `${simulator.url}/v1`,
    accounts: [{ label: 'one', key: 'key-one' }],
    settings: { limits: { maxBodyBytes: LIMIT } },
  });
  port = portOf(rota.url);
});

afterAll(async () => {
  await rota.close();
  await simulator.close();
});

const generations = () => simulator.calls.filter(({ kind }) => kind === 'generate').length;

function top(...headers: readonly string[]): string {
  return head(
    'POST /v1/chat/completions HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${rota.key}`,
    ...headers,
  );
}

function post(body: string | Buffer, ...headers: readonly string[]): Promise<RawAnswer> {
  const bytes = Buffer.from(body);
  return raw(port, Buffer.concat([Buffer.from(top(`Content-Length: ${bytes.length}`, ...headers)), bytes]));
}

const json = 'Content-Type: application/json';

/** Writes pieces as fast as the other side takes them, until told to stop. */
function pour(socket: Socket, piece: Buffer, times: number, done?: () => void): void {
  let left = times;
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left -= 1;
      if (!socket.write(piece)) return;
    }
    if (left === 0) done?.();
  };
  socket.on('drain', more);
  more();
}

/** How many bytes of buffers came to exist at most beside those at the beginning. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  const sample = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }, 5);
  await work();
  clearInterval(sample);
  return Math.max(peak, process.memoryUsage().arrayBuffers - before);
}

describe('a body of 100 MB', () => {
  const chunk = (piece: Buffer) =>
    Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  const piece = Buffer.alloc(64 * 1024, 0x20);
  const pieces = HUGE / piece.length;
  const forms: Record<string, { readonly headers: readonly string[]; readonly piece: Buffer }> = {
    'by its content-length': { headers: [`Content-Length: ${HUGE}`], piece },
    'in chunks': { headers: ['Transfer-Encoding: chunked'], piece: chunk(piece) },
    'in chunks of one byte': {
      headers: ['Transfer-Encoding: chunked'],
      piece: Buffer.concat(Array.from({ length: 4096 }, () => chunk(Buffer.from(' ')))),
    },
  };
  for (const [form, { headers, piece: written }] of Object.entries(forms)) {
    it(`is refused while it is being sent, ${form}, and takes no memory`, async () => {
      const before = generations();
      let seen: RawAnswer | undefined;
      const peak = await peakOf(async () => {
        seen = await raw(port, top(json, ...headers), {
          onConnect: (socket) => pour(socket, written, pieces),
        });
      });
      expect(seen?.status).toBe(413);
      expect(errorIn(seen?.body ?? '')).toMatchObject({
        type: 'invalid_request_error',
        code: 'request_too_large',
      });
      expect(seen?.headers['connection']).toBe('close');
      expect(peak).toBeLessThan(24 * MB);
      expect(generations()).toBe(before);
    });
  }

  it('is refused without the key before its size is looked at', async () => {
    const bytes = head(
      'POST /v1/chat/completions HTTP/1.1',
      'Host: 127.0.0.1',
      json,
      `Content-Length: ${HUGE}`,
    );
    const peak = await peakOf(async () => {
      const seen = await raw(port, bytes, { onConnect: (socket) => pour(socket, piece, pieces) });
      expect(seen.status).toBe(401);
    });
    expect(peak).toBeLessThan(24 * MB);
  });

  it('is refused on routes that read no body', async () => {
    for (const [target, key, status] of [
      ['/nothing', rota.key, 404],
      ['/-/reset?account=nobody', rota.adminKey, 400],
      ['/-/nothing', rota.adminKey, 404],
    ] as const) {
      const bytes = head(
        `POST ${target} HTTP/1.1`,
        'Host: 127.0.0.1',
        `Authorization: Bearer ${key}`,
        `Content-Length: ${HUGE}`,
      );
      const seen = await raw(port, bytes, { onConnect: (socket) => pour(socket, piece, pieces) });
      expect({ target, status: seen.status }).toEqual({ target, status });
    }
  });

  it('can be read about by a client that sends all before it reads', async () => {
    const seen = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.pause();
      socket.on('error', reject);
      socket.on('data', (bytes) => (text += bytes.toString()));
      socket.on('end', () => resolve(text));
      socket.write(top(json, `Content-Length: ${HUGE}`));
      pour(socket, piece, pieces, () => socket.resume());
    });
    expect(seen).toMatch(/^HTTP\/1\.1 413 [^]*request_too_large/);
  });

  it('can be read about by node:http', async () => {
    const seen = await new Promise<string>((resolve, reject) => {
      const call = request(`${rota.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${rota.key}`,
          'content-type': 'application/json',
          'content-length': HUGE,
        },
      });
      call.on('error', reject);
      call.on('response', (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (bytes: Buffer) => (text += bytes.toString()));
        response.on('end', () => resolve(text));
      });
      call.end(Buffer.alloc(HUGE, 0x20));
    });
    expect(seen).toMatch(/^413 .*request_too_large/);
  });

  it('can be read about by fetch', async () => {
    for (let time = 0; time < 3; time += 1) {
      const response = await fetch(`${rota.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${rota.key}`, 'content-type': 'application/json' },
        body: Buffer.alloc(HUGE, 0x20),
      });
      expect(response.status).toBe(413);
      expect(errorIn(await response.text()).code).toBe('request_too_large');
    }
  });

  it('can be read about by fetch where the body is a stream', async () => {
    let left = 100;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        left -= 1;
        if (left < 0) controller.close();
        else controller.enqueue(new Uint8Array(MB).fill(0x20));
      },
    });
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${rota.key}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    };
    const response = await fetch(`${rota.url}/v1/chat/completions`, init as RequestInit);
    expect(response.status).toBe(413);
    expect(errorIn(await response.text()).code).toBe('request_too_large');
  });

  it('is not even sent by a client that asks first', async () => {
    const expecting = [json, `Content-Length: ${HUGE}`, 'Expect: 100-continue'];
    const seen = await raw(port, top(...expecting));
    expect(seen.status).toBe(413);
    const bad = await raw(port, head('POST /v1/chat/completions HTTP/1.1', 'Host: 127.0.0.1', ...expecting));
    expect(bad.status).toBe(401);
    const small = await raw(
      port,
      top(json, `Content-Length: ${BODY.length}`, 'Expect: 100-continue', 'Connection: close'),
      {
        untilClosed: true,
        onConnect: (socket) => socket.once('data', () => socket.write(BODY)),
      },
    );
    expect(small.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('can be read about by curl', async ({ skip }) => {
    const run = promisify(execFile);
    const hasCurl = await run('curl', ['--version']).then(
      () => true,
      () => false,
    );
    if (!hasCurl) skip('curl is not installed');
    for (const expect100 of ['Expect:', 'Expect: 100-continue']) {
      const args = [
        '-sS',
        '-X',
        'POST',
        '-H',
        json,
        '-H',
        `Authorization: Bearer ${rota.key}`,
        '-H',
        expect100,
        '--data-binary',
        '@-',
        '-w',
        '%{http_code}',
      ];
      const child = execFile('curl', [...args, `${rota.url}/v1/chat/completions`]);
      let out = '';
      child.stdout?.on('data', (text: string) => (out += text));
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(Buffer.alloc(HUGE, 0x20));
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ expect100, code, out }).toMatchObject({
        code: 0,
        out: expect.stringMatching(/request_too_large.*413$/),
      });
    }
  });

  it('is 33,554,432 bytes at most where the settings say nothing', async () => {
    const plain = await startRota({ upstream: `${simulator.url}/v1`, accounts: [], from: rota });
    const send = (length: number) =>
      fetch(`${plain.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${plain.key}`, 'content-type': 'application/json' },
        body: Buffer.alloc(length, 0x20),
      });
    expect((await send(32 * MB + 1)).status).toBe(413);
    // Blanks alone are no JSON: it was read.
    expect((await send(32 * MB)).status).toBe(400);
    await plain.stop();
  });
});

describe('a compressed body', () => {
  it('is taken where it is what it says', async () => {
    for (const [encoding, compress] of [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['GZIP', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      const seen = await post(compress(BODY), json, `Content-Encoding: ${encoding}`);
      expect({ encoding, status: seen.status }).toEqual({ encoding, status: 200 });
    }
    expect(simulator.unexpected).toEqual([]);
  });

  it('that is a bomb is stopped at the limit, not when all of it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(HUGE, 0x20), { level: 9 });
    const brotli = brotliCompressSync(Buffer.alloc(HUGE, 0x20));
    for (const [encoding, bytes] of [
      ['gzip', bomb],
      ['br', brotli],
      ['gzip', Buffer.concat([bomb, bomb, bomb])],
    ] as const) {
      expect(bytes.length).toBeLessThan(LIMIT);
      const peak = await peakOf(async () => {
        const seen = await post(bytes, json, `Content-Encoding: ${encoding}`);
        expect({ encoding, status: seen.status }).toEqual({ encoding, status: 413 });
      });
      expect(peak).toBeLessThan(24 * MB);
    }
  });

  it('that is garbage, or cut short, is a 400', async () => {
    for (const encoding of ['gzip', 'deflate', 'br']) {
      const seen = await post('this is not compressed at all', json, `Content-Encoding: ${encoding}`);
      expect({ encoding, status: seen.status }).toEqual({ encoding, status: 400 });
    }
    expect((await post(gzipSync(BODY).subarray(0, -6), json, 'Content-Encoding: gzip')).status).toBe(400);
    expect((await post('', json, 'Content-Encoding: gzip')).status).toBe(400);
  });

  it('in zstd is read where this Node can, and a 415 that says so where it cannot', async () => {
    // One frame with one raw block (RFC 8878 §3.1.1).
    const length = Buffer.byteLength(BODY);
    const head = Buffer.alloc(12);
    head.writeUInt32LE(0xfd2fb528, 0);
    head.writeUInt8(0xa0, 4); // one segment, whose length has four bytes
    head.writeUInt32LE(length, 5);
    head.writeUIntLE((length << 3) | 1, 9, 3);
    const frame = Buffer.concat([head, Buffer.from(BODY)]);
    const seen = await post(frame, json, 'Content-Encoding: zstd');
    const isReadable = 'createZstdDecompress' in zlib;
    expect([seen.status, isReadable || seen.body.includes('Node 22.15')]).toEqual([
      isReadable ? 200 : 415,
      true,
    ]);
  });

  it('in an encoding that cannot be read is a 415', async () => {
    for (const encoding of ['compress', 'gzip, gzip', 'gzip, identity', 'x'.repeat(5000), '../gzip']) {
      const seen = await post(gzipSync(BODY), json, `Content-Encoding: ${encoding}`);
      expect(seen.status).toBe(415);
      expect(seen.body.length).toBeLessThan(1000);
    }
  });
});

describe('a body of another kind', () => {
  it('is a 415: a form or plain text is all that a page may send without asking', async () => {
    const types = [
      'text/plain',
      'text/plain; x=application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=application/json',
      'application/jsonp',
      'application/json-seq',
      'application/octet-stream',
      'text/json',
      'xapplication/json',
      '',
    ];
    for (const type of types) {
      const seen = await post(BODY, `Content-Type: ${type}`);
      expect({ type, status: seen.status }).toEqual({ type, status: 415 });
    }
    expect((await post(BODY)).status).toBe(415);
    expect((await post(BODY, 'Content-Type: text/plain', json)).status).toBe(415);
  });

  it('is taken with parameters and in capitals', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/json ;charset=UTF-8',
    ]) {
      const seen = await post(BODY, `Content-Type: ${type}`);
      expect({ type, status: seen.status }).toEqual({ type, status: 200 });
    }
  });

  it('is a 400 where it is no JSON, empty, or cannot be what is asked for', async () => {
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"messages":[]}',
      '\u0000',
      '{"__proto__":{"model":"x"}}',
      '['.repeat(200_000),
      `{"a":${'['.repeat(200_000)}`,
    ];
    for (const body of bodies) {
      const seen = await post(body, json);
      expect({ body: body.slice(0, 40), status: seen.status }).toEqual({
        body: body.slice(0, 40),
        status: 400,
      });
      expect(seen.body.length).toBeLessThan(1000);
    }
  });
});

describe('a body that ends early', () => {
  it('by half a connection is a 400, and nothing is asked of anyone', async () => {
    const before = generations();
    for (const how of [`Content-Length: ${BODY.length + 10}`, 'Transfer-Encoding: chunked']) {
      const start = how.startsWith('Content') ? BODY : `${BODY.length.toString(16)}\r\n${BODY}\r\n`;
      const seen = await raw(port, top(json, how) + start, {
        untilClosed: true,
        onConnect: (socket) => socket.end(),
      });
      expect({ how, status: seen.status }).toEqual({ how, status: 400 });
    }
    expect(generations()).toBe(before);
  });

  it('by a whole one is nobody’s trouble', async () => {
    const before = generations();
    await Promise.all(
      Array.from({ length: 20 }, () =>
        raw(port, top(json, 'Content-Length: 1000') + BODY, {
          untilClosed: true,
          onConnect: (socket) => socket.resetAndDestroy(),
        }).catch(() => undefined),
      ),
    );
    expect((await post(BODY, json)).status).toBe(200);
    expect(generations()).toBe(before + 1);
    expect(rota.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

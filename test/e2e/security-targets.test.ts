import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { errorIn, head, portOf, raw } from './raw.ts';
import { startRota, type Rota } from './rota.ts';

let simulator: Simulator;
let rota: Rota;
let port: number;

beforeAll(async () => {
  simulator = await startSimulator({ models: ['gpt-5.5', 'lab/deep'] });
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

async function get(target: string | Buffer, key: string | undefined) {
  const own = key === undefined ? [] : [`Authorization: Bearer ${key}`];
  const rest = head(' HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close', ...own);
  return raw(port, Buffer.concat([Buffer.from('GET '), Buffer.from(target), Buffer.from(rest)]), {
    untilClosed: true,
  });
}

/** Ways to write the path of a control route, or of a file, so that one part of a server reads it and another does not. */
const disguised = [
  '/v1/../-/status',
  '/v1/models/../../-/status',
  '/v1/%2e%2e/-/status',
  '/v1/%2E%2E%2F-%2Fstatus',
  '/v1/..%2f-%2fstatus',
  '/v1/%252e%252e/-/status',
  '/./-/status',
  '//-/status',
  '///-/status',
  '/%2d/status',
  '/%2D/status',
  '/%2f-/status',
  '/;/-/status',
  '/-;a=b/status',
  '/-%2fstatus',
  '/-%00/status',
  '/\\-\\status',
  '/v1\\..\\-\\status',
  '/v1/..;/-/status',
  '/healthz/../-/status',
  '/healthz/',
  '/healthz%00',
  '/healthz/..%2f-%2fstatus',
  '/..',
  '/../../../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%5c..%5cwindows%5cwin.ini',
  '/.ssh/id_rsa',
  '/accounts.json',
  '/%c0%ae%c0%ae/etc/passwd',
];

describe('a path', () => {
  for (const target of disguised) {
    it(`in disguise leads nowhere: ${target}`, async () => {
      expect([400, 401]).toContain((await get(target, undefined)).status);
      for (const key of [rota.key, rota.adminKey]) {
        const seen = await get(target, key);
        expect([400, 401, 404]).toContain(seen.status);
        expect(seen.body).not.toContain('"accounts"');
        if (seen.status !== 400) expect(errorIn(seen.body).type).toBe('invalid_request_error');
      }
    });
  }

  it('does not lead out of the models by their wildcard', async () => {
    for (const id of [
      '../../-/status',
      '%2e%2e%2f%2e%2e%2f-%2fstatus',
      '..',
      '%00',
      '\\..\\',
      '/',
      '//',
      'gpt-5.5/..',
      '__proto__',
      'constructor',
    ]) {
      const seen = await get(`/v1/models/${id}`, rota.key);
      expect({ id, known: [400, 404].includes(seen.status) }).toEqual({ id, known: true });
    }
    expect((await get('/v1/models/lab/deep', rota.key)).status).toBe(200);
    expect((await get('/v1/models/lab%2Fdeep', rota.key)).status).toBe(200);
  });

  it('with a broken percent encoding is refused, with the key and without', async () => {
    for (const target of [
      '/%',
      '/%zz',
      '/v1/models/%',
      '/v1/models/%zz',
      '/v1/models/%e0%a4%a',
      '/v1/models/%ff',
      '/%ff',
    ]) {
      expect((await get(target, undefined)).status).toBe(401);
      const seen = await get(target, rota.key);
      expect({ target, status: seen.status }).toEqual({ target, status: 404 });
      expect(errorIn(seen.body).code).toBe('not_found');
    }
  });

  it('with a raw control character never comes so far', async () => {
    for (const byte of [0x00, 0x01, 0x09, 0x0d, 0x7f]) {
      const target = Buffer.concat([Buffer.from('/v1/models/'), Buffer.from([byte]), Buffer.from('x')]);
      const seen = await get(target, rota.key);
      expect({ byte, refused: [400, 401, 404].includes(seen.status) }).toEqual({ byte, refused: true });
      expect(seen.text).not.toContain('HTTP/1.1 200');
    }
  });

  it('is told back neither whole when it is long nor as anything but JSON', async () => {
    const seen = await get(`/${'a'.repeat(20_000)}`, rota.key);
    expect(seen.status).toBe(404);
    expect(seen.body.length).toBeLessThan(1000);
    const page = await get('/<script>alert(1)</script>', rota.key);
    expect(page.status).toBe(404);
    expect(page.headers['content-type']).toBe('application/json');
    const model = await get(`/v1/models/${'m'.repeat(20_000)}`, rota.key);
    expect(model.status).toBe(404);
    expect(model.body.length).toBeLessThan(1000);
  });

  it('that is longer than all headers may be is a 431', async () => {
    expect((await get(`/${'a'.repeat(40_000)}`, rota.key)).status).toBe(431);
    expect((await get(`/${'../'.repeat(400_000)}`, rota.key)).status).toBe(431);
  });

  it('of the reset route takes an account from the query, whatever is written there', async () => {
    for (const query of [
      '?account=%',
      '?account=%00',
      '?account=../../x',
      '?account=__proto__',
      '?account=',
    ]) {
      const rest = head(
        `POST /-/reset${query} HTTP/1.1`,
        'Host: 127.0.0.1',
        `Authorization: Bearer ${rota.adminKey}`,
        'Content-Length: 0',
      );
      const seen = await raw(port, rest);
      expect({ query, refused: [400, 404].includes(seen.status) }).toEqual({ query, refused: true });
    }
  });
});

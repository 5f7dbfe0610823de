import { afterEach, describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/providers/registry.ts';
import type { Behaviour } from '../simulator/behaviour.ts';
import { serverError, streamError } from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startBareServer, type BareServer } from './bare-server.ts';
import { errorIn, head, portOf, raw, type RawAnswer } from './raw.ts';
import { startRota } from './rota.ts';

let bare: BareServer | undefined;
afterEach(async () => {
  await bare?.server.close(0);
  bare = undefined;
});

const SPOILT = 'spoilt part at /home/someone/private';
const boom = () => {
  throw new TypeError(SPOILT);
};

/** The request's id, and not a word of what happened. */
function expectBug({ status, headers, text, body }: RawAnswer, logLines: readonly string[]): void {
  expect(status).toBe(500);
  const id = headers['x-request-id'] ?? 'none';
  const error = errorIn(body);
  expect(error).toEqual({
    type: 'server_error',
    param: null,
    code: null,
    message: `Rota failed on this request. The log has the details under ${id}.`,
  });
  expect(text).not.toContain('spoilt');
  expect(text).not.toMatch(/TypeError|\bat .*:\d+/);
  const told = logLines.filter((line) => line.includes(id) && line.includes(SPOILT));
  expect(told).toHaveLength(1);
}

describe('a bug', () => {
  const get = (path: string, key: string) =>
    head(`GET ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${key}`);
  const post =
    head(
      'POST /v1/chat/completions HTTP/1.1',
      'Host: localhost',
      'Authorization: Bearer local',
      'Content-Type: application/json',
      'Content-Length: 2',
    ) + '{}';
  const upgrade = head(
    'GET /v1/responses HTTP/1.1',
    'Host: localhost',
    'Authorization: Bearer local',
    'Connection: Upgrade',
    'Upgrade: websocket',
  );
  const broken = { peek: () => undefined, get: async () => boom() };

  const cases: Record<string, readonly [Parameters<typeof startBareServer>[0], string]> = {
    'in the models': [{ models: async () => boom() }, get('/v1/models', 'local')],
    'in one model': [{ models: async () => boom() }, get('/v1/models/x', 'local')],
    'in the gateway': [{ gateway: { handle: async () => boom() } }, post],
    'in the limit': [{ maxBodyBytes: boom }, post],
    'in a control route': [
      {
        control: {
          status: async () => boom(),
          reset: async () => ({}),
          why: async () => ({}),
          reload: async () => ({}),
        },
      },
      get('/-/status', 'admin'),
    ],
    'in the health': [{ health: boom }, get('/healthz', 'local')],
    'in the door': [{ door: boom }, get('/v1/models', 'local')],
    'in the local key': [{ localKey: broken }, get('/v1/models', 'local')],
    'in the admin key': [{ adminKey: broken }, get('/-/status', 'admin')],
    'in the door, for an upgrade': [{ door: boom }, upgrade],
    'in the local key, for an upgrade': [{ localKey: broken }, upgrade],
  };
  for (const [where, [parts, bytes]] of Object.entries(cases)) {
    it(`is a 500 with the request's id and nothing else: ${where}`, async () => {
      bare = await startBareServer(parts);
      expectBug(await raw(bare.server.port, bytes), bare.logLines);
    });
  }

  it('in the middle of a request ends that request alone', async () => {
    const simulator = await startSimulator({ models: ['gpt-5.5'] });
    simulator.account('key-one', { label: 'one' });
    let isSpoilt = false;
    const rota = await startRota({
      upstream: `${simulator.url}/v1`,
      accounts: [{ label: 'one', key: 'key-one' }],
      parts: { random: () => (isSpoilt ? boom() : 0.5) },
    });
    simulator.script('key-one', serverError());
    isSpoilt = true;
    const body = JSON.stringify({ model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hi' }] });
    const bytes =
      head(
        'POST /v1/chat/completions HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${rota.key}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ) + body;
    expectBug(await raw(portOf(rota.url), bytes), rota.logLines);
    isSpoilt = false;
    expect((await raw(portOf(rota.url), bytes)).status).toBe(200);
    await rota.close();
    await simulator.close();
  });

  describe('in what judges an answer', () => {
    const body = (stream: boolean) =>
      JSON.stringify({ model: 'gpt-5.5', stream, messages: [{ role: 'user', content: 'Hi' }] });

    /** All answers that need judging meet a provider's file that throws. */
    async function askSpoilt(behaviour: Behaviour, stream: boolean) {
      const simulator = await startSimulator({ models: ['gpt-5.5'] });
      simulator.account('key-one', { label: 'one' });
      simulator.always('key-one', behaviour);
      const rota = await startRota({
        upstream: `${simulator.url}/v1`,
        accounts: [{ label: 'one', key: 'key-one' }],
        parts: {
          registryFor(endpoints) {
            const registry = makeRegistry({ endpoints });
            return {
              ...registry,
              get(id) {
                const provider = registry.get(id);
                return provider && { ...provider, classify: boom };
              },
            };
          },
        },
      });
      const text = body(stream);
      const headers = [
        'Host: localhost',
        `Authorization: Bearer ${rota.key}`,
        'Content-Type: application/json',
        `Content-Length: ${text.length}`,
      ];
      const bytes = head('POST /v1/chat/completions HTTP/1.1', ...headers) + text;
      try {
        return { seen: await raw(portOf(rota.url), bytes), logLines: rota.logLines };
      } finally {
        await rota.close();
        await simulator.close();
      }
    }

    for (const stream of [false, true]) {
      it(`is a 500 as well (stream: ${stream})`, async () => {
        const { seen, logLines } = await askSpoilt(serverError(), stream);
        expectBug(seen, logLines);
      });
    }

    it('breaks off a stream that has begun, and does not leave it hanging', async () => {
      const { seen, logLines } = await askSpoilt(streamError(3, {}, { text: 'abc', chunks: 5 }), true);
      expect(seen.status).toBe(200);
      expect(seen.end).not.toBe('open');
      // A chunked body that is whole ends with an empty chunk.
      expect(seen.text).not.toMatch(/\r\n0\r\n\r\n$/);
      expect(seen.text).not.toContain('spoilt');
      expect(logLines.filter((line) => line.includes(SPOILT)).length).toBeGreaterThan(0);
    });
  });
});

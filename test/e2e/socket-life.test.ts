import { afterEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../src/gateway/reply.ts';
import { defaultLimits } from '../../src/http/server.ts';
import type { SocketLimits } from '../../src/http/sockets.ts';
import * as faults from '../simulator/faults.ts';
import { startBareServer, type BareServer } from './bare-server.ts';
import { send } from './client.ts';
import { relayStage, responses, type RelayScene } from './relay-scene.ts';
import { isLast, openSocket, type SocketClient, type SocketClientOptions } from './socket-client.ts';

const hello = { model: responses.model, input: 'Hello' };
const hangs = () =>
  faults.broken({ events: responses.contentEvents }, 'hang', { text: 'one two three four five six' });
const open = ({ rota }: RelayScene, options?: SocketClientOptions): Promise<SocketClient> =>
  openSocket(rota.url, rota.key, options);

describe('the door of a WebSocket', () => {
  const page = 'https://app.example.com';
  const settings = { listen: { allowedOrigins: [page] } };

  test.each<[string, SocketClientOptions, number]>([
    ['no key', { headers: { authorization: '' } }, 401],
    ['a wrong key', { headers: { authorization: 'Bearer wrong' } }, 401],
    ['a page', { headers: { origin: 'https://evil.example' } }, 403],
    ['a page without a name', { headers: { origin: 'null' } }, 403],
    ['a page that hides its origin', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['a rebound name', { headers: { host: 'evil.example' } }, 403],
    ['another path', { path: '/v1/chat/completions' }, 404],
  ])('is shut for %s', async (_name, options, status) => {
    const scene = await relayStage({ settings });
    await expect(open(scene, options)).rejects.toThrow(`Unexpected server response: ${status}`);
    expect(scene.asked()).toEqual([]);
  });

  test('is open for a page that the settings name, with the key', async () => {
    const scene = await relayStage({ settings });
    const client = await open(scene, { headers: { origin: page } });
    expect((await client.turn(hello)).at(-1)?.type).toBe('response.completed');
    const headers = { origin: page, authorization: 'Bearer wrong' };
    await expect(open(scene, { headers })).rejects.toThrow('401');
  });
});

describe('a connection is closed', () => {
  test('by a message beyond the limit, before it is read', async () => {
    const scene = await relayStage({ settings: { limits: { maxBodyBytes: 4096 } } });
    const client = await open(scene);
    client.create({ ...hello, input: 'x'.repeat(5000) });
    expect(await client.closed()).toBe(1009);
    expect(scene.asked()).toEqual([]);
    expect((await (await open(scene)).turn(hello)).at(-1)?.type).toBe('response.completed');
  });

  test.each<[string, (client: SocketClient) => void, number]>([
    ['bytes', ({ socket }) => socket.send(Buffer.from('{}')), 1003],
    ['a text that is no UTF-8', ({ socket }) => socket.send(Buffer.from([0xff]), { binary: false }), 1007],
    ['a frame without its mask', ({ socket }) => socket.send('{}', { mask: false }), 1002],
    ['a compressed frame', ({ socket }) => rawly(socket, [0xc1, 0x80, 0, 0, 0, 0]), 1002],
  ])('by %s', async (_name, spoil, code) => {
    const client = await open(await relayStage());
    spoil(client);
    expect(await client.closed()).toBe(code);
  });

  test('by asking on and on without reading', async () => {
    const client = await bare(staysSilent);
    client.socket.pause();
    const warmUp = { model: 'm', generate: false, input: [], instructions: 'x'.repeat(500_000) };
    for (let nth = 0; nth < 100; nth += 1) client.create(warmUp);
    const isOver = () => started?.logLines.some((line) => line.includes('connection is over')) === true;
    await expect.poll(isOver, { interval: 20 }).toBe(true);
  });

  test('as soon as it is idle for long, and not while an answer is under way', async () => {
    const client = await bare(answers(500), { pingMs: 10, idleMs: 400 });
    client.create(hello);
    expect((await client.until(isLast)).type).toBe('response.completed');
    const at = performance.now();
    expect(await client.closed()).toBe(1000);
    // It counts from the end of the answer; the message itself came longer ago than a connection may be idle.
    expect(performance.now() - at).toBeGreaterThan(100);
  });

  test('by silence while an answer is under way', async () => {
    const alive = await bare(staysSilent, { pingMs: 50, idleMs: 60_000 });
    const silent = await openSocket(started?.server.url ?? '', 'local', { autoPong: false });
    for (const one of [silent, alive]) one.create(hello);
    expect(await silent.closed()).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

const STREAM = ['content-type', 'text/event-stream'];
const COMPLETED = Buffer.from(
  'data: {"type":"response.completed","response":{"id":"resp_1","output":[]}}\n\n',
);
type Handle = (reply: Reply) => Promise<void>;

let started: BareServer | undefined;
afterEach(async () => {
  await started?.server.close(0);
  started = undefined;
});
/** A door with the test's own gateway behind it. */
async function bare(handle: Handle, sockets: SocketLimits = defaultLimits.sockets): Promise<SocketClient> {
  started = await startBareServer({ gateway: { handle: ({ reply }) => handle(reply) } }, { sockets });
  return openSocket(started.server.url, 'local');
}

const answers =
  (afterMs: number): Handle =>
  (reply) =>
    new Promise((resolve) => {
      const end = () => {
        reply.end(COMPLETED);
        resolve();
      };
      reply.head(200, STREAM);
      setTimeout(end, afterMs);
    });
const staysSilent: Handle = (reply) => new Promise((resolve) => void reply.onHangUp(resolve));

/** Bytes past the library: it sends no bad frame itself. */
function rawly(socket: SocketClient['socket'], bytes: readonly number[]): void {
  const { _socket: wire } = socket as unknown as { readonly _socket: { write(bytes: Buffer): void } };
  wire.write(Buffer.from(bytes));
}

describe('a client that goes away ends the upstream call at once, and the account is not to blame', () => {
  test.each<[string, (client: SocketClient) => void]>([
    ['with a farewell', ({ socket }) => socket.close()],
    ['without', ({ socket }) => socket.terminate()],
  ])('%s', async (_name, leave) => {
    const scene = await relayStage();
    scene.simulator.script('key-one', hangs());
    const client = await open(scene);
    client.create(hello);
    await client.until(({ type }) => type === 'response.output_text.delta');
    leave(client);
    await scene.call('one', ({ aborted }) => aborted);
    const { rests, failures } = await scene.account('one');
    expect([rests, failures]).toEqual([[], 0]);
    expect(scene.asked()).toEqual(['one']);
  });

  test('before any event, and nothing that waits is asked any more', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.nothing('hang'));
    const client = await open(scene);
    client.create(hello);
    client.create(hello);
    await scene.call('one');
    client.socket.terminate();
    await scene.call('one', ({ aborted }) => aborted);
    const gone = () => scene.rota.logLines.some((line) => line.includes('the client hung up'));
    await expect.poll(gone, { interval: 5 }).toBe(true);
    expect(scene.asked()).toEqual(['one']);
  });
});

test('a client that reads slowly is waited for, and gets everything', async () => {
  const event = Buffer.from(`data: {"type":"some.event","delta":"${'x'.repeat(65_536)}"}\n\n`);
  const eventCount = 500;
  let written = 0;
  let pauses = 0;
  const client = await bare(async (reply) => {
    reply.head(200, STREAM);
    for (; written < eventCount; written += 1) {
      if (reply.write(event)) continue;
      pauses += 1;
      await new Promise<void>((resolve) => reply.onDrain(resolve));
    }
    reply.end(COMPLETED);
  });
  client.socket.pause();
  client.create(hello);
  await expect.poll(() => pauses, { interval: 5 }).toBeGreaterThan(0);
  expect(written).toBeLessThan(eventCount);
  client.socket.resume();
  expect((await client.until(isLast)).type).toBe('response.completed');
  expect(client.messages).toHaveLength(eventCount + 1);
});

test('a bug behind the door is told with the id of the request, and ends that request alone', async () => {
  let calls = 0;
  const client = await bare((reply) => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('boom')) : answers(0)(reply);
  });
  client.create(hello);
  const error = await client.until(isLast);
  expect(error).toMatchObject({ type: 'error', status: 500 });
  expect(JSON.stringify(error)).not.toContain('boom');
  expect(started?.logLines.join('\n')).toContain('boom');
  expect((await client.turn(hello)).at(-1)?.type).toBe('response.completed');
});

describe('a graceful shutdown', () => {
  test('closes what is idle, lets an answer finish, and refuses a new one', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.drip(64, 2, { text: 'one two three four five six seven' }));
    const [busy, idle] = [await open(scene), await open(scene)];
    busy.create(hello);
    await busy.until(({ type }) => type === 'response.output_text.delta');
    const closing = scene.rota.daemon.close(60_000);
    expect(await idle.closed()).toBe(1001);
    busy.create({ ...hello, stream_id: 'new' });
    expect(await busy.until(isLast)).toMatchObject({ type: 'error', status: 503, stream_id: 'new' });
    expect((await busy.until(isLast)).type).toBe('response.completed');
    expect(await busy.closed()).toBe(1001);
    await closing;
    expect(scene.asked()).toEqual(['one']);
  });

  test('breaks off what is left when the time is over', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', hangs());
    const client = await open(scene);
    client.create(hello);
    await client.until(({ type }) => type === 'response.output_text.delta');
    await scene.rota.daemon.close(50);
    expect(await client.closed()).toBe(1006);
    await scene.call('one', ({ aborted }) => aborted);
  });

  test('does not wait for a client that never says farewell', async () => {
    const scene = await relayStage();
    const client = await open(scene);
    client.socket.pause();
    const began = performance.now();
    await scene.rota.daemon.close(60_000);
    expect(performance.now() - began).toBeLessThan(20_000);
    const answer = await send(`${scene.rota.url}/healthz`, { method: 'GET' });
    expect(answer.error).toBe('ECONNREFUSED');
  });
});

import { afterEach, describe, expect, test } from 'vitest';
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

  test('as soon as it is idle for long, and not while an answer is under way', async () => {
    const { server } = await bare({ pingMs: 10, idleMs: 60 });
    const client = await openSocket(server.url, 'local');
    client.create(hello);
    const { messages } = client;
    expect(await client.closed()).toBe(1000);
    expect(messages.at(-1)?.type).toBe('response.completed');
  });

  test('by silence while an answer is under way', async () => {
    const { server } = await bare({ pingMs: 20, idleMs: 60_000 }, () => undefined);
    const silent = await openSocket(server.url, 'local', { autoPong: false });
    const alive = await openSocket(server.url, 'local');
    for (const one of [silent, alive]) one.create(hello);
    expect(await silent.closed()).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

/** Behind the door an answer that takes 200 ms, or what the test says. */
let started: BareServer | undefined;
afterEach(async () => {
  await started?.server.close(0);
  started = undefined;
});
async function bare(
  sockets: { readonly pingMs: number; readonly idleMs: number },
  over: (end: () => void) => void = (end) => void setTimeout(end, 200),
): Promise<BareServer> {
  const completed = 'data: {"type":"response.completed","response":{"id":"resp_1","output":[]}}\n\n';
  const handle: Parameters<typeof startBareServer>[0] = {
    gateway: {
      handle: ({ reply }) =>
        new Promise((resolve) => {
          reply.head(200, ['content-type', 'text/event-stream']);
          reply.onHangUp(resolve);
          over(() => {
            reply.end(Buffer.from(completed));
            resolve();
          });
        }),
    },
  };
  started = await startBareServer(handle, { sockets });
  return started;
}

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

test('a client that reads slowly holds the upstream back', async () => {
  const scene = await relayStage();
  const text = 'word '.repeat(400_000);
  scene.simulator.script('key-one', faults.answer({ text }));
  const client = await open(scene);
  client.socket.pause();
  client.create(hello);
  await scene.call('one');
  const before = process.memoryUsage.rss();
  expect((await scene.simulator.waitForCall(({ kind }) => kind === 'generate')).finished).toBe(false);
  client.socket.resume();
  expect((await client.until(isLast)).type).toBe('response.completed');
  expect(before).toBeGreaterThan(0);
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
    expect(performance.now() - began).toBeLessThan(5000);
    const answer = await send(`${scene.rota.url}/healthz`, { method: 'GET' });
    expect(answer.error).toBe('ECONNREFUSED');
  });
});

import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { HELLO, stage, type Scene } from './scene.ts';

const IDLE_MS = 5000;
/** More than the buffers of both sockets hold. */
const big = { text: 'x', chunks: 400, chunkBytes: 65_536 };
const BIG_BYTES = big.chunks * big.chunkBytes;
const settings = {
  routing: { strategy: 'fill-first', affinity: false, maxConcurrent: 1, maxQueued: 0 },
  limits: { idleMs: IDLE_MS, keepAliveMs: 200 },
};

/** Asks for a stream, and reads nothing of it by itself. */
function ask({ rota }: Scene): Socket {
  const { port } = new URL(rota.url);
  const socket = connect(Number(port), '127.0.0.1').pause();
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const body = JSON.stringify({ ...HELLO, stream: true });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${rota.key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  return socket;
}

test('a client that has stopped reading does not hold its account’s place for ever, and is to blame alone', async () => {
  const scene = await stage({ accounts: ['one'], settings });
  scene.simulator.script('key-one', faults.answer(big));
  ask(scene);
  const told = () => scene.rota.logLines.find((line) => line.includes('the client stopped reading'));
  await expect.poll(told, { timeout: 60_000 }).toBeDefined();
  await scene.call('one', ({ aborted }) => aborted);
  expect(JSON.parse(told() ?? '')).toMatchObject({ level: 'warn', account: 'one', attempts: 1 });
  expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 0, rests: [] });
  expect((await scene.chat()).status).toBe(200);
});

test.each([
  { form: 'many events', says: big },
  { form: 'one event', says: { ...big, chunks: 1, chunkBytes: BIG_BYTES, delayMs: 300 } },
])('one that reads slowly but steadily is never cut ($form)', async ({ says }) => {
  const scene = await stage({ accounts: ['one'], settings });
  scene.simulator.script('key-one', faults.answer(says));
  const socket = ask(scene);
  let bytes = 0;
  let end = '';
  // A sip, and a rest: the whole takes longer than a client may read nothing. Systems tell of what was read by the megabyte.
  const sip = (): void => {
    const piece = socket.read() as Buffer | null;
    if (piece === null) return;
    bytes += piece.length;
    end = (end + piece.toString('latin1')).slice(-100);
  };
  const startedAt = performance.now();
  const timer = setInterval(sip, 20);
  onTestFinished(() => clearInterval(timer));
  await new Promise((resolve) => socket.on('end', resolve));
  expect(performance.now() - startedAt).toBeGreaterThan(IDLE_MS);
  expect(bytes).toBeGreaterThan(BIG_BYTES);
  expect(end).toContain('[DONE]');
  expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 0, rests: [] });
});

import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'vitest';
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

/** So that what one write holds beyond the buffers takes longer than a client may read nothing. Systems tell of it by the megabyte. */
const BYTES_PER_MS = 2500;
const SIP_BYTES = 1024 * 1024;

/** Asks for a stream, and reads nothing of it by itself. */
function ask({ rota }: Scene, { onTestFinished }: TestContext): Socket {
  const { port } = new URL(rota.url);
  const way = { port: Number(port), host: '127.0.0.1', readableHighWaterMark: SIP_BYTES };
  const socket = connect(way).pause();
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  const body = JSON.stringify({ ...HELLO, stream: true });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${rota.key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  return socket;
}

test.concurrent(
  'a client that has stopped reading does not hold its account’s place for ever, and is to blame alone',
  async (context) => {
    const { expect, onTestFinished } = context;
    const scene = await stage({ accounts: ['one'], settings, whenOver: onTestFinished });
    scene.simulator.script('key-one', faults.answer(big));
    ask(scene, context);
    const told = () => scene.rota.logLines.find((line) => line.includes('the client stopped reading'));
    await expect.poll(told).toBeDefined();
    await scene.call('one', ({ aborted }) => aborted);
    expect(JSON.parse(told() ?? '')).toMatchObject({ level: 'warn', account: 'one', attempts: 1 });
    expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 0, rests: [] });
    expect((await scene.chat()).status).toBe(200);
  },
);

test.concurrent.for([
  { form: 'many events', says: big },
  { form: 'one event', says: { ...big, chunks: 1, chunkBytes: BIG_BYTES, delayMs: 300 } },
])('one that reads slowly but steadily is never cut ($form)', async ({ says }, context) => {
  const { expect, onTestFinished } = context;
  const scene = await stage({ accounts: ['one'], settings, whenOver: onTestFinished });
  scene.simulator.script('key-one', faults.answer(says));
  const socket = ask(scene, context);
  await new Promise((resolve) => socket.once('readable', resolve));
  const startedAt = performance.now();
  let bytes = 0;
  let end = '';
  // By the clock, so that on a busy machine it does not read more slowly still.
  const sip = (): void => {
    const due = Math.floor((performance.now() - startedAt) * BYTES_PER_MS) - bytes;
    const piece = socket.read(Math.min(due, socket.readableLength)) as Buffer | null;
    if (piece === null) return;
    bytes += piece.length;
    end = (end + piece.toString('latin1')).slice(-100);
  };
  const timer = setInterval(sip, 20);
  onTestFinished(() => clearInterval(timer));
  await new Promise((resolve) => socket.on('end', resolve));
  expect(performance.now() - startedAt).toBeGreaterThan(IDLE_MS);
  expect(bytes).toBeGreaterThan(BIG_BYTES);
  expect(end).toContain('[DONE]');
  expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 0, rests: [] });
});

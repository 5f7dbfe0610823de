import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Reply } from '../gateway/reply.ts';
import { makeReply } from './reply.ts';

let answer: (reply: Reply) => void = () => {};
const server = createServer((_request, response) => answer(makeReply(response, ['x-extra', 'yes'])));

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

/** Every byte there is, again and again. */
const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, at) => at % 256));

async function answered(how: (reply: Reply) => void) {
  answer = how;
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`);
  return { headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

test.each([0, 1, 256, 1000, 16_384, 16_385, 100_000])(
  'a body of %d bytes arrives as it is, with a length, without one, and as the end of more',
  async (length) => {
    const bytes = bytesOf(length);
    const withLength = await answered((reply) => {
      reply.head(200, ['content-length', String(length)]);
      reply.end(bytes);
    });
    expect(withLength.body.equals(bytes)).toBe(true);
    expect(withLength.headers.get('x-extra')).toBe('yes');
    const without = await answered((reply) => {
      reply.head(200, []);
      reply.end(bytes);
    });
    expect(without.body.equals(bytes)).toBe(true);
    const afterMore = await answered((reply) => {
      reply.head(200, []);
      reply.write(bytes);
      reply.end(bytes);
    });
    expect(afterMore.body.equals(Buffer.concat([bytes, bytes]))).toBe(true);
  },
);

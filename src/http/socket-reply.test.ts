import { describe, expect, it } from 'vitest';
import { makeSocketReply, type Line, type SocketReply } from './socket-reply.ts';

const STREAM = ['Content-Type', 'text/event-stream; charset=utf-8'];
const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

interface Stage {
  readonly reply: SocketReply;
  readonly sent: readonly string[];
  cutOff(): void;
}

function stage(streamId?: string): Stage {
  const sent: string[] = [];
  let isOpen = true;
  const line: Line = {
    isOpen: () => isOpen,
    send: (messages) => sent.push(...messages) > 0,
    onDrain() {},
  };
  const reply = makeSocketReply(line, streamId === undefined ? {} : { streamId }, () => {});
  return { reply, sent, cutOff: () => void (isOpen = false) };
}

function typesOf(messages: readonly string[]): readonly unknown[] {
  return messages.map((message) => (JSON.parse(message) as { type: unknown }).type);
}

describe('an answer on a connection', () => {
  it('gives each event as soon as it is whole, wherever the bytes are cut', () => {
    const bytes = Buffer.from(
      'event: a\ndata: {"type":"ä"}\n\n: note\n\ndata: [DONE]\n\ndata: {"type":"b"}\n\n',
    );
    for (const pieceBytes of [1, 2, 7, bytes.length]) {
      const { reply, sent } = stage();
      reply.head(200, STREAM);
      for (let at = 0; at < bytes.length; at += pieceBytes) reply.write(bytes.subarray(at, at + pieceBytes));
      expect(sent).toEqual(['{"type":"ä"}', '{"type":"b"}']);
      expect(reply.closed).toBe(false);
      reply.end();
      expect(reply.closed).toBe(true);
    }
  });

  it('gives the last event also without its blank line', () => {
    const { reply, sent } = stage('s');
    reply.head(200, STREAM);
    reply.end(Buffer.from('data: {"type":"response.completed"}\n'));
    expect(sent).toEqual(['{"type":"response.completed","stream_id":"s"}']);
  });

  it.each(['response.completed', 'response.incomplete', 'response.failed', 'error'])(
    'is over with %s, and broken without any such event',
    (type) => {
      const [over, broken] = [stage(), stage()];
      over.reply.head(200, STREAM);
      over.reply.end(Buffer.from(`data: {"type":"${type}"}\n\n`));
      expect(typesOf(over.sent)).toEqual([type]);
      broken.reply.head(200, STREAM);
      broken.reply.end(
        Buffer.from(`event: ${type}\ndata: {"type":"a","text":"\\"type\\":\\"${type}\\""}\n\n`),
      );
      expect(typesOf(broken.sent)).toEqual(['a', 'error']);
    },
  );

  it('tells an error as one, also where it came as a stream', () => {
    const { reply, sent } = stage();
    reply.head(409, STREAM);
    reply.end(Buffer.from('event: response.created\ndata: {"type":"response.created"}\n\n'));
    expect(sent.map((message) => JSON.parse(message) as unknown)).toMatchObject([
      { type: 'error', status: 409 },
    ]);
  });

  it('tells an error once it is whole', () => {
    const { reply, sent } = stage();
    reply.head(429, ['content-type', 'application/json', 'Retry-After', '7']);
    reply.write(Buffer.from('{"error":{"mess'));
    expect(sent).toEqual([]);
    reply.end(Buffer.from('age":"No."}}'));
    expect(sent.map((message) => JSON.parse(message) as unknown)).toEqual([
      { type: 'error', status: 429, error: { message: 'No.' }, headers: { 'retry-after': '7' } },
    ]);
  });

  it.each([
    ['what is no answer', 'application/json', (reply: SocketReply) => reply.end(Buffer.from('\u001f'))],
    ['what breaks off', 'application/json', (reply: SocketReply) => reply.destroy()],
    ['what never ends', 'application/json', fill],
    ['an event that never ends', 'text/event-stream', fill],
  ])('tells of %s by one error', (_name, type, spoil) => {
    const { reply, sent } = stage();
    reply.head(200, ['content-type', type]);
    spoil(reply);
    expect(reply.closed).toBe(true);
    reply.end(Buffer.from('data: {}\n\n'));
    expect(typesOf(sent)).toEqual(['error']);
  });

  it('tells those who listen that the client hung up, once, and not behind the end', () => {
    const heard: string[] = [];
    const one = stage();
    one.reply.onHangUp(() => heard.push('before'));
    one.reply.onHangUp(() => heard.push('taken off'))();
    one.cutOff();
    one.reply.hangUp();
    one.reply.onHangUp(() => heard.push('at once'));
    expect([heard, one.reply.closed]).toEqual([['before', 'at once'], true]);

    const other = stage();
    other.reply.onHangUp(() => heard.push('never'));
    other.reply.end();
    other.reply.hangUp();
    expect(heard).not.toContain('never');
  });
});

function fill(reply: SocketReply): void {
  for (let megabytes = 0; megabytes < 65; megabytes += 1) reply.write(MEGABYTE);
}

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';

const event = (type: string, more: object = {}): string => JSON.stringify({ type, ...more });
const start = (block: object): string => event('content_block_start', { index: 0, content_block: block });
const delta = (of: object): string => event('content_block_delta', { index: 0, delta: of });
const end = (reason: string): string => event('message_delta', { delta: { stop_reason: reason } });
const frame = (data: string): string =>
  `event: ${(JSON.parse(data) as { type: string }).type}\ndata: ${data}\n\n`;

describe('what an event means', () => {
  it.each<[string, string, string]>([
    ['a beginning', event('message_start', { message: { content: [], usage: {} } }), 'none'],
    ['a ping', event('ping'), 'none'],
    ['an empty block of text', start({ type: 'text', text: '', citations: null }), 'none'],
    ['an empty block of thinking', start({ type: 'thinking', thinking: '', signature: '' }), 'none'],
    ['a tool', start({ type: 'tool_use', id: 't', name: 'run', input: {} }), 'content'],
    ['hidden thinking', start({ type: 'redacted_thinking', data: 'x' }), 'content'],
    [
      "a provider's tool",
      start({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      'content',
    ],
    ['an empty delta', delta({ type: 'text_delta', text: '' }), 'none'],
    ['a first fragment of nothing', delta({ type: 'input_json_delta', partial_json: '' }), 'none'],
    ['text', delta({ type: 'text_delta', text: 'a' }), 'content'],
    ['thinking', delta({ type: 'thinking_delta', thinking: 'a' }), 'content'],
    ['a signature', delta({ type: 'signature_delta', signature: 'a' }), 'content'],
    ['a delta of a new kind', delta({ type: 'sound_delta', sound: 'a' }), 'content'],
    ['the end of a block', event('content_block_stop', { index: 0 }), 'none'],
    ['an end', end('end_turn'), 'empty'],
    ['an end for length', end('max_tokens'), 'content'],
    ['a refusal without a word', end('refusal'), 'content'],
    ['usage in between', event('message_delta', { delta: {}, usage: {} }), 'none'],
    ['the last event', event('message_stop'), 'empty'],
    ['an event of a new kind', event('message_mood', { mood: 'good' }), 'none'],
    ['what is no JSON', '{', 'content'],
  ])('%s', (_, data, kind) => {
    expect(meaningOfEvent(data).kind).toBe(kind);
  });

  it.each<unknown>([{}, { toString: null }, null, 7])(
    'a kind that is no text (%j) breaks nothing',
    (type) => {
      expect(meaningOfEvent(start({ type, text: 'a' })).kind).toBe('content');
      expect(meaningOfEvent(delta({ type, text: 'a' })).kind).toBe('content');
    },
  );

  it('an error is one, with its whole text', () => {
    const data = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    expect(meaningOfEvent(data)).toEqual({ kind: 'error', body: data });
    expect(meaningOfEvent('{"error":{"message":"no"}}').kind).toBe('error');
  });
});

describe('what a whole answer means', () => {
  const message = (content: readonly object[], stop: string) => ({
    type: 'message',
    content,
    stop_reason: stop,
  });
  it.each<[string, unknown, string]>([
    ['text', message([{ type: 'text', text: 'a' }], 'end_turn'), 'content'],
    ['a tool', message([{ type: 'tool_use', id: 't', name: 'n', input: {} }], 'tool_use'), 'content'],
    ['no block', message([], 'end_turn'), 'empty'],
    ['an empty block', message([{ type: 'text', text: '' }], 'end_turn'), 'empty'],
    ['a refusal without a word', message([], 'refusal'), 'content'],
    ['a count', { input_tokens: 5 }, 'content'],
    ['nothing', {}, 'empty'],
    ['an error', { type: 'error', error: { type: 'api_error', message: 'no' } }, 'error'],
    ["another server's error", { error: { message: 'no' } }, 'error'],
    ['a list', [], 'error'],
    ['a long answer', message([{ type: 'text', text: 'a'.repeat(5000) }], 'end_turn'), 'content'],
    ['a long error', { type: 'error', error: { message: 'a'.repeat(5000) } }, 'error'],
  ])('%s', (_, body, kind) => {
    expect(meaningOfBody(Buffer.from(JSON.stringify(body))).kind).toBe(kind);
  });

  it('what is cut is an error', () => {
    expect(meaningOfBody(Buffer.from('{"type":"message"')).kind).toBe('error');
    expect(meaningOfBody(Buffer.from(`{"type":"message","content":"${'a'.repeat(5000)}`)).kind).toBe('error');
  });
});

describe('how a stream ended', () => {
  const tricky = delta({ type: 'text_delta', text: 'data: {"type":"message_stop"}\n\nevent: message_stop' });
  const input = start({ type: 'tool_use', id: 't', name: 'n', input: { type: 'message_stop' } });
  const error = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
  const ending = (...data: readonly string[]) => endingOf(Buffer.from(data.map(frame).join('')));

  it('is proper with its last event alone', () => {
    expect(ending(tricky, end('end_turn'), event('message_stop'))).toEqual({
      finished: true,
      rest: 'nothing',
    });
    expect(ending(tricky, end('end_turn'))).toEqual({ finished: false });
    expect(ending(tricky, input)).toEqual({ finished: false });
    expect(endingOf(Buffer.from('data: {"type": "message_stop"}\r\r'))).toEqual({
      finished: true,
      rest: 'nothing',
    });
    expect(endingOf(Buffer.alloc(0))).toEqual({ finished: false });
  });

  it('is an error where one was sent', () => {
    expect(ending(tricky, error)).toEqual({ finished: false, error, rest: 'asides' });
    expect(ending(delta({ type: 'text_delta', text: error }))).toEqual({ finished: false });
  });
});

describe('recorded streams', () => {
  const folder = new URL('../../../test/fixtures/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^0\d-messages.*stream|^0\d-messages-mid/.test(name));
  it.each(names)('%s', (name) => {
    const { transcripts, error } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
      transcripts: { messages: { sse: readonly { event?: string; data?: unknown }[] } };
      error?: object;
    };
    const data = transcripts.messages.sse.flatMap((one) =>
      one.data === undefined ? [] : [JSON.stringify(one.data)],
    );
    const kinds = data.map((one) => meaningOfEvent(one).kind);
    expect(kinds).toContain('content');
    expect(kinds.indexOf('content')).toBeGreaterThan(0);
    const ended = endingOf(Buffer.from(data.map(frame).join('')));
    expect([ended.finished, ended.error !== undefined]).toEqual([error === undefined, error !== undefined]);
  });
});

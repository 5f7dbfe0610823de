import { describe, expect, it } from 'vitest';
import { openaiChat } from '../protocols/openai-chat/protocol.ts';
import type { HeaderFields } from '../upstream/client.ts';
import { conversationOf, sessionOf } from './conversation.ts';

function bodyOf(text: string, more: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }], ...more }));
}

function nameOf(headers: HeaderFields, body = bodyOf('hello'), model = 'm'): string | undefined {
  return conversationOf(
    sessionOf(headers, openaiChat.peek(body, { rest: '', query: '' }), openaiChat, body),
    model,
  );
}

describe('the conversation that a request belongs to', () => {
  it('is another one for another model, whose caches are elsewhere', () => {
    const headers = { 'session-id': 's1' };
    expect(nameOf(headers, bodyOf('hello'), 'small')).not.toBe(nameOf(headers, bodyOf('hello'), 'large'));
  });

  const order = [
    'x-claude-code-agent-id',
    'x-claude-code-session-id',
    'session-id',
    'thread-id',
    'x-session-id',
    'x-session-affinity',
  ];

  it.each(order.map((name, at) => [name, order.slice(at + 1)] as const))(
    '%s outranks the less specific',
    (name, rest) => {
      const others = Object.fromEntries(rest.map((other) => [other, 'other']));
      const body = bodyOf('hello', { prompt_cache_key: 'key' });
      expect(nameOf({ ...others, [name]: 's1' }, body)).toBe(nameOf({ [name]: 's1' }));
      expect(nameOf({ ...others, [name]: 's1' }, body)).not.toBe(nameOf({ ...others, [name]: 's2' }, body));
      expect(nameOf({ ...others, [name]: '' })).toBe(nameOf(others));
    },
  );

  it('a key for the prompt cache comes next', () => {
    const one = nameOf({}, bodyOf('hello', { prompt_cache_key: 'talk' }));
    expect(nameOf({}, bodyOf('something else', { prompt_cache_key: 'talk' }))).toBe(one);
    expect(nameOf({}, bodyOf('hello', { prompt_cache_key: 'walk' }))).not.toBe(one);
  });

  it('then the beginning of the conversation', () => {
    const later = Buffer.from(
      '{"model":"m","messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"hi"}]}',
    );
    expect(nameOf({}, later)).toBe(nameOf({}, bodyOf('hello')));
    expect(nameOf({}, bodyOf('good morning'))).not.toBe(nameOf({}, bodyOf('hello')));
  });

  it('the same word from different places names different conversations', () => {
    const names = [
      ...order.map((name) => nameOf({ [name]: 'x' })),
      nameOf({}, bodyOf('x', { prompt_cache_key: 'x' })),
      nameOf({}, bodyOf('x')),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('is told by the end of a long name as well', () => {
    const long = 'x'.repeat(5000);
    expect(nameOf({ 'x-session-id': `${long}1` })).not.toBe(nameOf({ 'x-session-id': `${long}2` }));
    expect(nameOf({}, bodyOf('a', { prompt_cache_key: `${long}1` }))).not.toBe(
      nameOf({}, bodyOf('a', { prompt_cache_key: `${long}2` })),
    );
  });

  it('is short, whatever the client sends, and keeps nothing of what was said', () => {
    expect(nameOf({ 'x-session-id': 'x'.repeat(10_000) })?.length).toBeLessThan(300);
    expect(nameOf({}, bodyOf('hello', { prompt_cache_key: 'x'.repeat(10_000) }))?.length).toBeLessThan(300);
    expect(nameOf({}, bodyOf('a secret of the user'))).not.toContain('secret');
  });
});

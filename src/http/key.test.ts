import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { anthropicMessages } from '../protocols/anthropic-messages/protocol.ts';
import { openaiChat } from '../protocols/openai-chat/protocol.ts';
import { checkKey } from './key.ts';

const key = new Secret('rota-0123456789');

describe('the local key', () => {
  const rows: readonly [string, IncomingHttpHeaders, boolean][] = [
    ['as a bearer token', { authorization: 'Bearer rota-0123456789' }, true],
    ['in lower case', { authorization: 'bearer rota-0123456789' }, true],
    ['with more space', { authorization: 'Bearer   rota-0123456789' }, true],
    ['as Anthropic clients send it', { 'x-api-key': 'rota-0123456789' }, true],
    ['as Gemini clients send it', { 'x-goog-api-key': 'rota-0123456789' }, true],
    [
      'beside another manner of authorisation',
      { authorization: 'Basic eDp5', 'x-api-key': 'rota-0123456789' },
      true,
    ],
    ['not at all', {}, false],
    ['empty', { authorization: 'Bearer ' }, false],
    ['empty, as a named key', { 'x-api-key': '' }, false],
    ['a wrong one', { authorization: 'Bearer rota-0123456780' }, false],
    ['a beginning of it', { authorization: 'Bearer rota-012345678' }, false],
    ['more than it', { authorization: 'Bearer rota-01234567890' }, false],
    ['with something after it', { authorization: 'Bearer rota-0123456789 x' }, false],
    ['in another case', { authorization: 'Bearer ROTA-0123456789' }, false],
    ['without the word', { authorization: 'rota-0123456789' }, false],
    ['as a password', { authorization: 'Basic cm90YS0wMTIzNDU2Nzg5' }, false],
    ['in a cookie', { cookie: 'key=rota-0123456789' }, false],
    ['twice', { 'x-api-key': ['rota-0123456789', 'rota-0123456789'] }, false],
  ];
  it.each(rows)('%s', (_, headers, expected) => {
    const failure = checkKey({ headers, url: '/' }, key, openaiChat);
    expect(failure === undefined).toBe(expected);
    if (failure) expect(failure.kind).toBe('wrong-key');
    expect(JSON.stringify(failure ?? {})).not.toContain('0123456789');
  });

  const foreign = 'Bearer sk-ant-oat01-of-the-client';
  it.each<[string, IncomingHttpHeaders, boolean]>([
    ['in its own header', { 'x-api-key': 'rota-0123456789' }, true],
    ['beside a sign-in of the client', { authorization: foreign, 'x-api-key': 'rota-0123456789' }, true],
    [
      'as a bearer beside a key of the vendor',
      { authorization: 'Bearer rota-0123456789', 'x-api-key': 'sk-ant-1' },
      true,
    ],
    ['a sign-in of the client alone', { authorization: foreign }, false],
    ['two that are both wrong', { authorization: foreign, 'x-api-key': 'sk-ant-1' }, false],
    [
      'in the header of another protocol',
      { authorization: foreign, 'x-goog-api-key': 'rota-0123456789' },
      false,
    ],
  ])('of a protocol that has a header for it: %s', (_, headers, expected) => {
    expect(checkKey({ headers, url: '/v1/messages' }, key, anthropicMessages) === undefined).toBe(expected);
  });

  it('that was never made lets nobody in', () => {
    for (const headers of [{}, { 'x-api-key': '' }, { authorization: 'Bearer x' }]) {
      expect(checkKey({ headers, url: '/' }, new Secret(''), openaiChat)?.kind).toBe('wrong-key');
    }
  });
});

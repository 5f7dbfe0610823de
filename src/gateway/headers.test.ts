import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openaiChat } from '../protocols/openai-chat/protocol.ts';
import { encodeLabel, requestHeaders, responseHeaders, verbatimHeaders } from './headers.ts';

const AGENT = 'Rota/0.1.0';

describe('what of a client goes upstream', () => {
  const own = { authorization: 'Bearer of-the-account' };

  it('is what the protocols need, under our own name', () => {
    const inbound = {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'openai-beta': 'x=1',
      'idempotency-key': 'k',
      'user-agent': 'assistant/1',
    };
    expect(requestHeaders(inbound, openaiChat.requestHeaders, own, AGENT)).toEqual({
      accept: 'text/event-stream',
      'content-type': 'application/json',
      'openai-beta': 'x=1',
      'idempotency-key': 'k',
      'user-agent': AGENT,
      'accept-encoding': 'identity',
      ...own,
    });
  });

  it.each([
    'authorization',
    'x-api-key',
    'x-goog-api-key',
    'api-key',
    'cookie',
    'origin',
    'referer',
    'host',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'forwarded',
    'via',
    'x-real-ip',
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
    'proxy-authorization',
    'content-length',
    'content-encoding',
    'sec-fetch-site',
    'sec-ch-ua',
    'x-stainless-os',
    'x-claude-code-session-id',
    'session-id',
    'chatgpt-account-id',
    'originator',
    'x-rota-anything',
    'accept-language',
    'openai-organization',
    'openai-project',
    'anthropic-version',
    'anthropic-beta',
    '__proto__',
  ])('%s stays here', (name) => {
    const sent = requestHeaders({ [name]: 'of-the-client' }, openaiChat.requestHeaders, own, AGENT);
    expect(JSON.stringify(sent)).not.toContain('of-the-client');
  });

  it('nothing of a client outdoes our own authorisation, agent or encoding', () => {
    const inbound = { 'user-agent': 'x', 'accept-encoding': 'gzip, br', accept: '*/*' };
    const sent = requestHeaders(inbound, [], { accept: 'application/json', 'x-api-key': 'ours' }, AGENT);
    expect(sent).toEqual({
      accept: 'application/json',
      'x-api-key': 'ours',
      'user-agent': AGENT,
      'accept-encoding': 'identity',
    });
  });

  it('has what a client wants to try beside what the credential needs', () => {
    const needs = { ...own, 'anthropic-beta': 'needed-1', 'anthropic-version': '2023-06-01' };
    const names = ['anthropic-beta', 'anthropic-version'];
    const both = requestHeaders(
      { 'anthropic-beta': 'wanted-1,wanted-2', 'anthropic-version': '2021-01-01' },
      names,
      needs,
      AGENT,
    );
    expect(both).toMatchObject({
      'anthropic-beta': 'wanted-1,wanted-2,needed-1',
      'anthropic-version': '2023-06-01',
    });
    expect(requestHeaders({}, names, needs, AGENT)).toMatchObject({ 'anthropic-beta': 'needed-1' });
  });

  it('only names of the list ever pass', () => {
    const names = fc.string({
      unit: fc.constantFrom('x', '-', 'a', 'auth', 'orization', 'cookie', 'accept', 'openai-', 'beta'),
      maxLength: 6,
    });
    const rule = fc.property(fc.dictionary(names, fc.constant('v')), (inbound) => {
      const passed = Object.keys(requestHeaders(inbound, openaiChat.requestHeaders, {}, AGENT)).filter(
        (name) => !['user-agent', 'accept-encoding'].includes(name),
      );
      expect(['accept', 'openai-beta']).toEqual(expect.arrayContaining(passed));
    });
    fc.assert(rule);
  });
});

describe('what of an upstream goes to the client', () => {
  it.each([
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'content-length',
    'date',
    'set-cookie',
    'set-cookie2',
    'location',
    'refresh',
    'clear-site-data',
    'www-authenticate',
    'strict-transport-security',
    'alt-svc',
    'nel',
    'report-to',
    'access-control-allow-origin',
    'access-control-allow-credentials',
    'access-control-expose-headers',
    'x-rota-account',
    'x-rota-attempts',
    'x-rota-anything',
  ])('%s stays here', (name) => {
    expect(responseHeaders({ [name]: 'v' })).toEqual([]);
    expect(verbatimHeaders({ [name]: 'v' })).toEqual([]);
  });

  it('what the connection names as its own stays here, too (RFC 9110 §7.6.1)', () => {
    const upstream = { connection: 'close, X-Hop', 'x-hop': '1', 'x-other': '2' };
    expect(responseHeaders(upstream)).toEqual(['x-other', '2']);
    expect(verbatimHeaders(upstream)).toEqual(['x-other', '2']);
  });

  it.each([
    ['content-type', 'content-type', 'content-type'],
    ['openai-processing-ms', 'openai-processing-ms', 'openai-processing-ms'],
    ['x-request-id', 'x-rota-upstream-request-id', 'x-rota-upstream-request-id'],
    ['retry-after', 'x-rota-upstream-retry-after', 'retry-after'],
    ['retry-after-ms', 'x-rota-upstream-retry-after-ms', 'retry-after-ms'],
    ['x-should-retry', 'x-rota-upstream-should-retry', 'x-should-retry'],
    [
      'x-ratelimit-remaining-requests',
      'x-rota-upstream-ratelimit-remaining-requests',
      'x-ratelimit-remaining-requests',
    ],
    [
      'anthropic-ratelimit-unified-status',
      'x-rota-upstream-anthropic-ratelimit-unified-status',
      'anthropic-ratelimit-unified-status',
    ],
  ])(
    '%s comes as %s on an answer of ours, as %s on one that is handed through',
    (name, relayed, verbatim) => {
      expect(responseHeaders({ [name]: 'v' })).toEqual([relayed, 'v']);
      expect(verbatimHeaders({ [name]: 'v' })).toEqual([verbatim, 'v']);
    },
  );

  it('several values are one, and none is none', () => {
    expect(responseHeaders({ 'x-a': ['1', '2'], 'x-b': undefined })).toEqual(['x-a', '1, 2']);
  });

  it('says the same however many names came before', () => {
    for (let at = 0; at < 3000; at += 1) responseHeaders({ [`x-${at}`]: 'v', [`access-control-${at}`]: 'v' });
    expect(responseHeaders({ 'access-control-late': 'v', 'set-cookie': 'v', 'x-late': 'v' })).toEqual([
      'x-late',
      'v',
    ]);
  });
});

describe('a label in a header', () => {
  it.each([
    ['work', 'work'],
    ['dev@example.com', 'dev@example.com'],
    ['two words', 'two words'],
    ['100%', '100%25'],
    [' edge ', '%20edge%20'],
    ['Büro', 'B%C3%BCro'],
    ['a\r\nset-cookie: x', 'a%0D%0Aset-cookie%3A%20x'],
    ['', ''],
  ])('%j is sent as %j', (label, expected) => {
    expect(encodeLabel(label)).toBe(expected);
  });

  it('is plain ASCII and reads back, whatever it is', () => {
    const rule = fc.property(fc.string({ unit: 'binary' }), (label) => {
      expect(encodeLabel(label)).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeURIComponent(encodeLabel(label))).toBe(label);
    });
    fc.assert(rule, { numRuns: 1000 });
  });

  it('takes halves of characters, too', () => {
    expect(decodeURIComponent(encodeLabel('a\ud800b'))).toBe('a\ufffdb');
  });
});

import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { checkDoor, isAllowedOrigin, type Door } from './guard.ts';

const door: Door = {
  host: '127.0.0.1',
  allowedHosts: ['box.lan', 'Mixed.Example', 'fd00::7'],
  allowedOrigins: ['https://app.example.com'],
};

function isOpen(headers: IncomingHttpHeaders, to: Door = door): boolean {
  return checkDoor(headers, to) === undefined;
}

describe('the Host', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:8317',
    '127.0.0.1:1',
    'localhost',
    'localhost:65535',
    'LOCALHOST:80',
    'LocalHost',
    '[::1]',
    '[::1]:8317',
    'box.lan',
    'box.lan:443',
    'BOX.LAN',
    'mixed.example:1',
    '[fd00::7]',
    '[FD00::7]:9',
  ])('%s may come in', (host) => {
    expect(isOpen({ host })).toBe(true);
  });

  it.each([
    '',
    ' ',
    ':8317',
    'localhost:',
    'localhost:http',
    'localhost:123456',
    'localhost.',
    '127.0.0.1.',
    'localhost.evil.example',
    'evil.example',
    'evil.example:8317',
    '127.0.0.1.nip.io',
    '127.0.0.1.evil.example:8317',
    'rebind.evil.example',
    '127.0.0.2',
    '0.0.0.0',
    '127.1',
    '2130706433',
    '0x7f000001',
    '::1',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::1',
    '[::1]evil',
    '[::1].evil.example',
    'localhost@evil.example',
    'evil.example@localhost',
    'localhost/evil',
    'localhost evil',
    'localhost,evil.example',
    'http://localhost',
    'lоcalhost',
    'sub.box.lan',
    'box.lan.evil.example',
    'xbox.lan',
    'localhost\u0000',
    'localhost\n',
  ])('%j may not', (host) => {
    expect(isOpen({ host })).toBe(false);
  });

  it('that is absent may not', () => {
    expect(isOpen({})).toBe(false);
  });

  it.each([
    ['192.168.1.5', '192.168.1.5:8317', true],
    ['::1', '[::1]:8317', true],
    ['fe80::1', '[fe80::1]:8317', true],
    ['Box', 'box:8317', true],
    ['192.168.1.5', '192.168.1.6:8317', false],
  ])('the address that we listen on (%s) is ours: %s', (host, header, expected) => {
    expect(isOpen({ host: header }, { host, allowedHosts: [], allowedOrigins: [] })).toBe(expected);
  });
});

describe('the Origin and the site', () => {
  const host = 'localhost:8317';
  const rows: readonly [string, IncomingHttpHeaders, boolean][] = [
    ['an assistant', {}, true],
    ['a page that is allowed', { origin: 'https://app.example.com' }, true],
    [
      'a page that is allowed, from another site',
      { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' },
      true,
    ],
    ['a page that is not', { origin: 'https://evil.example' }, false],
    ['a page with another port', { origin: 'https://app.example.com:8443' }, false],
    ['a page without TLS', { origin: 'http://app.example.com' }, false],
    ['a page on a name that begins alike', { origin: 'https://app.example.com.evil.example' }, false],
    ['a sandboxed page', { origin: 'null' }, false],
    ['an empty origin', { origin: '' }, false],
    ['a page of our own address', { origin: 'http://localhost:8317' }, false],
    ['a file', { origin: 'file://' }, false],
    ['an extension', { origin: 'chrome-extension://abc' }, false],
    ['an image on another page', { 'sec-fetch-site': 'cross-site' }, false],
    ['a page on another port of this machine', { 'sec-fetch-site': 'same-site' }, false],
    ['a person who typed the address', { 'sec-fetch-site': 'none' }, true],
    ['the same origin', { 'sec-fetch-site': 'same-origin' }, true],
    [
      'a page that is not allowed, under an innocent site',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      false,
    ],
  ];
  it.each(rows)('%s', (_, headers, expected) => {
    expect(isOpen({ host, ...headers })).toBe(expected);
  });

  it('an allowed origin does not help a wrong Host: its name may have been rebound', () => {
    expect(isOpen({ host: 'evil.example', origin: 'https://app.example.com' })).toBe(false);
    expect(isOpen({ host: 'evil.example', 'sec-fetch-site': 'same-origin' })).toBe(false);
  });

  it('says what was refused and which setting would let it in, in bounded words', () => {
    expect(checkDoor({ host: 'evil.example:1' }, door)).toMatchObject({
      kind: 'forbidden',
      message: expect.stringMatching(/'evil\.example'.*listen\.allowedHosts/) as unknown,
    });
    expect(checkDoor({ host, origin: 'null' }, door)).toMatchObject({
      kind: 'forbidden',
      message: expect.stringMatching(/'null'.*listen\.allowedOrigins/) as unknown,
    });
    for (const headers of [{ host: 'x'.repeat(9000) }, { host, origin: 'x'.repeat(9000) }]) {
      expect(checkDoor(headers, door)?.message.length).toBeLessThan(400);
    }
  });

  it('an origin is compared without regard to case', () => {
    expect(isAllowedOrigin('HTTPS://App.Example.com', door)).toBe(true);
    expect(isAllowedOrigin('https://app.example.com/', door)).toBe(false);
  });
});

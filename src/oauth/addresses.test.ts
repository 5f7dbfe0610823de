import { describe, expect, it } from 'vitest';
import { isLoopbackAuthority, readAddress } from './addresses.ts';

describe('readAddress', () => {
  it.each([
    'https://id.example/authorize',
    'http://127.0.0.1:3000/token',
    'http://localhost/token',
    'http://[::1]:80/',
    'http://127.8.9.1/',
  ])('accepts %s', (address) => {
    expect(readAddress(address)).toBeInstanceOf(URL);
  });

  it.each([
    'http://id.example/',
    'http://localhost.example/',
    'http://127.0.0.1.example/',
    'http://10.0.0.1/',
    'ftp://127.0.0.1/',
    'https://user:secret@id.example/',
    'not an address',
    '',
  ])('refuses %s', (address) => {
    expect(readAddress(address)).toBeUndefined();
  });
});

describe('isLoopbackAuthority', () => {
  it.each(['127.0.0.1', '127.0.0.1:80', 'localhost:1', 'LOCALHOST', '[::1]:65535'])(
    'knows %s',
    (authority) => {
      expect(isLoopbackAuthority(authority)).toBe(true);
    },
  );

  it.each(['evil.example', '127.0.0.1.evil.example:80', 'localhost.evil.example', '', undefined])(
    'does not know %s',
    (authority) => {
      expect(isLoopbackAuthority(authority)).toBe(false);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { checkAddress, checkBaseUrl } from './address.ts';

describe('an address for a credential', () => {
  it.each([
    'https://llm.example.com/v1',
    'https://10.0.0.5/v1',
    'https://[2001:db8::1]/v1',
    'http://127.0.0.1:8080/v1',
    'http://127.9.8.7/v1',
    'http://2130706433/v1',
    'http://localhost:11434/v1',
    'http://[::1]:1234/v1',
    'http://[::ffff:127.0.0.1]/v1',
  ])('%s is taken', (url) => {
    expect(checkAddress(url)).toBeUndefined();
  });

  it.each([
    'http://llm.example.com/v1',
    'http://10.0.0.5/v1',
    'http://0.0.0.0/v1',
    'http://127.0.0.1.example.com/v1',
    'http://localhost.example.com/v1',
  ])('%s needs allowHttp', (url) => {
    expect(checkAddress(url)).toMatch(/must begin with https/);
    expect(checkAddress(url, { allowHttp: true })).toBeUndefined();
  });

  it.each([
    'https://169.254.169.254/latest',
    'http://169.254.0.1/',
    'http://2852039166/',
    'http://0xA9FEA9FE/',
    'http://0251.0376.0251.0376/',
    'http://[::ffff:169.254.169.254]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::169.254.169.254]/',
    'https://[fe80::1]/',
    'https://[febf::1]/',
    'https://[fd00:ec2::254]/',
    'https://100.100.100.200/',
    'https://metadata.google.internal/',
    'https://METADATA.google.internal./',
  ])('%s is refused, whatever is allowed', (url) => {
    expect(checkAddress(url, { allowHttp: true })).toMatch(/link-local or metadata/);
  });

  it.each(['', 'llm.example.com', '/v1', 'ftp://llm.example.com', 'file:///etc/passwd'])(
    '%j is no such address',
    (url) => {
      expect(checkAddress(url, { allowHttp: true })).toMatch(/address/);
    },
  );

  it('holds no user name or password, and the complaint does not repeat them', () => {
    for (const url of ['https://me:hunter2@llm.example.com/', 'https://hunter2@llm.example.com/']) {
      expect(checkAddress(url)).toMatch(/user name or a password/);
      expect(checkAddress(url)).not.toContain('hunter2');
    }
  });

  it('may have a query, but not where paths are joined to it', () => {
    expect(checkAddress('https://id.example.com/authorize?tenant=1')).toBeUndefined();
    expect(checkBaseUrl('https://llm.example.com/v1?tenant=1')).toMatch(/query/);
    expect(checkBaseUrl('https://llm.example.com/v1#top')).toMatch(/fragment/);
    expect(checkBaseUrl('https://llm.example.com/v1')).toBeUndefined();
    expect(checkBaseUrl('http://llm.example.com/v1')).toMatch(/must begin with https/);
  });
});

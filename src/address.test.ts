import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressProblem } from './address.ts';

const strict = { allowHttp: false, query: 'refused' } as const;
const lenient = { allowHttp: true, query: 'accepted' } as const;

describe('addressProblem', () => {
  test.each([
    'https://llm.example.com',
    'https://llm.example.com/v1',
    'https://llm.example.com:8443/a/b/',
    'https://192.168.1.4/v1',
    'http://localhost:11434/v1',
    'http://LOCALHOST./v1',
    'http://127.0.0.1:1234',
    'http://127.8.9.1',
    'http://[::1]:1234/v1',
  ])('accepts %s', (address) => {
    expect(addressProblem(address, strict)).toBeUndefined();
  });

  test.each([
    ['', 'whole address'],
    ['llm.example.com', 'whole address'],
    ['https:llm.example.com', 'whole address'],
    ['https:///v1', 'whole address'],
    ['https://llm.example.com/v 1', 'whole address'],
    [' https://llm.example.com', 'whole address'],
    ['https://[::1', 'whole address'],
    ['ftp://llm.example.com', 'https://'],
    ['file:///etc/passwd', 'whole address'],
    ['https://llm.example.com/v1?key=1', 'query'],
    ['https://llm.example.com/v1?', 'query'],
    ['https://llm.example.com/v1#a', 'fragment'],
    ['https://llm.example.com/v1#', 'fragment'],
    ['http://llm.example.com', 'allowHttp'],
    ['http://192.168.1.4:8000', 'allowHttp'],
    ['http://127.0.0.1.example.com', 'allowHttp'],
    ['http://localhost.example.com', 'allowHttp'],
  ])('refuses %j', (address, reason) => {
    expect(addressProblem(address, strict)).toContain(reason);
  });

  test('accepts plain http and queries where the rules do', () => {
    expect(addressProblem('http://192.168.1.4:8000/v1', lenient)).toBeUndefined();
    expect(addressProblem('http://nas.lan/v1', lenient)).toBeUndefined();
    expect(addressProblem('https://id.example.com/authorize?tenant=a', lenient)).toBeUndefined();
  });

  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '2852039166',
    '0xA9.0xFE.0xA9.0xFE',
    '0251.0376.0251.0376',
    '169.254.169.254.',
    '[fe80::1]',
    '[febf::1]',
    '[fd00:ec2::254]',
    '[FD00:0EC2:0:0:0:0:0:254]',
    '[::ffff:169.254.169.254]',
    '[64:ff9b::169.254.169.254]',
    'metadata.google.internal',
    'METADATA.Google.Internal.',
    '100.100.100.200',
  ])('refuses the metadata address %s, whatever the rules', (host) => {
    for (const rules of [strict, lenient]) {
      expect(addressProblem(`http://${host}/latest`, rules)).toContain('metadata');
      expect(addressProblem(`https://${host}:8080/latest`, rules)).toContain('metadata');
    }
  });

  test('refuses credentials, and repeats none', () => {
    const word = fc.stringMatching(/^[a-z0-9]{12,20}$/);
    fc.assert(
      fc.property(word, word, (user, password) => {
        for (const address of [
          `https://${user}:${password}@llm.example.com`,
          `https://${user}@llm.example.com`,
        ]) {
          const problem = addressProblem(address, lenient);
          expect(problem).toContain('password');
          expect(problem).not.toContain(user);
          expect(problem).not.toContain(password);
        }
      }),
    );
  });
});

import { addressProblem } from '../address.ts';
import { isRecord, keyName } from './problem.ts';
import type { KeyPath, SettingsProblem } from './problem.ts';

const LOGIN_ADDRESSES = [
  'issuer',
  'authorizationEndpoint',
  'deviceAuthorizationEndpoint',
  'tokenEndpoint',
  'revocationEndpoint',
  'userinfoEndpoint',
  'page',
];

/** The address at which a way to sign in begins. */
const START: Readonly<Record<string, string>> = {
  'authorization-code': 'authorizationEndpoint',
  'device-code': 'deviceAuthorizationEndpoint',
};

/**
 * What a schema cannot say about the providers: ids, addresses, and which members need each other.
 * Takes unchecked values and passes over those of a wrong type, so that all mistakes of a file are told at once.
 */
export function providerProblems(settings: unknown, builtInProviders: readonly string[]): SettingsProblem[] {
  const providers = isRecord(settings) ? settings['providers'] : undefined;
  if (!isRecord(providers)) return [];
  return Object.entries(providers).flatMap(([id, provider]) => [
    ...idProblems(id, builtInProviders),
    ...(isRecord(provider) ? memberProblems(['providers', id], provider) : []),
  ]);
}

function idProblems(id: string, builtInProviders: readonly string[]): SettingsProblem[] {
  const key = keyName(['providers', id]);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) {
    return [
      { key, text: 'must be named with lower-case letters, digits and dashes, a letter or a digit first' },
    ];
  }
  if (builtInProviders.includes(id)) {
    return [{ key, text: 'has the id of a provider that Rota knows by itself; choose another id' }];
  }
  return [];
}

function memberProblems(path: KeyPath, provider: Readonly<Record<string, unknown>>): SettingsProblem[] {
  const allowHttp = provider['allowHttp'] === true;
  const bases = isRecord(provider['protocols']) ? Object.entries(provider['protocols']) : [];
  const { login } = provider;
  const methods = Array.isArray(login)
    ? login.flatMap((method: unknown, index) => loginProblems([...path, 'login', index], method, allowHttp))
    : loginProblems([...path, 'login'], login, allowHttp);
  return [
    ...bases.flatMap(([protocol, address]) =>
      addressProblems([...path, 'protocols', protocol], address, { allowHttp, query: 'refused' }),
    ),
    ...(isRecord(provider['terms'])
      ? addressProblems([...path, 'terms', 'link'], provider['terms']['link'], {
          allowHttp,
          query: 'accepted',
        })
      : []),
    ...methods,
  ];
}

function loginProblems(path: KeyPath, method: unknown, allowHttp: boolean): SettingsProblem[] {
  if (!isRecord(method)) return [];
  const problems = LOGIN_ADDRESSES.flatMap((name) =>
    addressProblems([...path, name], method[name], { allowHttp, query: 'accepted' }),
  );
  const start = START[String(method['kind'])];
  const complete =
    start === undefined || 'issuer' in method || (start in method && 'tokenEndpoint' in method);
  if (!complete) {
    problems.push({ key: keyName(path), text: `needs issuer, or both ${start} and tokenEndpoint` });
  }
  return problems;
}

function addressProblems(
  path: KeyPath,
  address: unknown,
  rules: Parameters<typeof addressProblem>[1],
): SettingsProblem[] {
  const text = typeof address === 'string' ? addressProblem(address, rules) : undefined;
  return text === undefined ? [] : [{ key: keyName(path), text }];
}

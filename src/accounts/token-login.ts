import type { TokenLogin } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { OAuthCredential } from './credential.ts';

/**
 * The way by which an account's tokens are refreshed and revoked: the one that they came by, with the application that
 * they are bound to. `undefined` where the provider has none any more, or is gone.
 */
export function tokenLoginOf(
  provider: Provider | undefined,
  { login, client }: Pick<OAuthCredential, 'login' | 'client'>,
): TokenLogin | undefined {
  const ways = provider?.login.filter(endsInTokens) ?? [];
  const way = ways.find(({ kind }) => kind === login) ?? ways[0];
  if (way === undefined || client === undefined) return way;
  const { id, secret } = client;
  return { ...way, clientId: id, ...(secret !== undefined && { clientSecret: secret }) };
}

/** A provider whose sign-in ends in a permanent key has no tokens to refresh. */
function endsInTokens(method: Provider['login'][number]): method is TokenLogin {
  if (method.kind === 'device-code') return true;
  return method.kind === 'authorization-code' && method.keyExchange === undefined;
}

import type { RotaError } from '../failure.ts';
import { errorPhrase } from './provider-words.ts';
import { signInError } from './sign-in-failure.ts';
import type { TokenReading } from './token-response.ts';
import type { TokenLogin } from './types.ts';

/** What goes with every request for tokens: the resource they are for, where the login names one (RFC 8707 §2.2). */
export function tokenParameters(login: TokenLogin): Record<string, string> {
  const resource = login.parameters?.['resource'];
  return resource === undefined ? {} : { resource };
}

/** Whether a status says that the server is in trouble, and nothing about what it was asked. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * The failure that a refused or unreadable exchange of a code stands for.
 * @param secrets what must not come back in a message, should the server echo it.
 */
export function exchangeFailure(
  status: number,
  reading: Exclude<TokenReading, { kind: 'tokens' }>,
  endpoint: string,
  secrets: readonly string[],
): RotaError {
  const { host } = new URL(endpoint);
  if (isPassing(status)) {
    return signInError(
      'unreachable',
      `${host} cannot finish the sign-in at the moment (HTTP ${status}). Try again later.`,
    );
  }
  if (reading.kind === 'malformed') {
    return signInError(
      'token-answer',
      `${host} answered the sign-in with something else than tokens (HTTP ${status}).`,
    );
  }
  const words = errorPhrase(reading.code, reading.description, secrets);
  if (reading.code === 'invalid_grant') {
    return signInError(
      'code-expired',
      `The code of this sign-in is expired or was used already (${words}). Sign in again.`,
    );
  }
  // The second is what Entra says of a device code (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code).
  if (['access_denied', 'authorization_declined'].includes(reading.code))
    return signInError('denied', `The provider refused the sign-in (${words}).`);
  return signInError('token-answer', `${host} refused to finish the sign-in (${words}).`);
}

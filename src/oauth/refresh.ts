import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { callTimeoutMs } from './call.ts';
import { refreshClaims } from './claims.ts';
import { withDeadline } from './deadline.ts';
import { resolveServer } from './discovery.ts';
import {
  clientAuthentication,
  libraryClient,
  libraryServer,
  loadLibrary,
  requestOptions,
} from './library.ts';
import { errorPhrase } from './provider-words.ts';
import { retryMoment } from './retry-moment.ts';
import type { ResolvedServer } from './resolved-server.ts';
import { isPassing, tokenParameters } from './token-request.ts';
import { readTokenResponse } from './token-response.ts';
import type { TokenBody, TokenReading } from './token-response.ts';
import type { TokenLogin, OAuthContext, TokenAnswer } from './types.ts';

/** The errors after which only a person can help (RFC 6749 §5.2; OpenID Connect Core 1.0 §3.1.2.6, which Entra says here too). */
export const finalErrors: ReadonlySet<string> = new Set([
  'invalid_grant',
  'unauthorized_client',
  'invalid_client',
  'interaction_required',
  'login_required',
  'consent_required',
]);

/**
 * Trades a refresh token for a new access token (RFC 6749 §6), within `timeoutMs`. The answer's `refreshToken` is the
 * one to keep from now on: the rotated one, or the old one where the server gave none.
 *
 * Once an answer has arrived, what it holds is handed on, whatever else is wrong with it: a new refresh token beside
 * no usable access token comes with an empty access token that expired already.
 * @throws RotaError `refresh`: `final` means that the sign-in is over; else the token is still good, try again later.
 * `cancelled` when `context.signal` aborts.
 */
export async function refreshTokens(
  login: TokenLogin,
  refreshToken: Secret,
  context: OAuthContext,
  timeoutMs: number = callTimeoutMs,
): Promise<TokenAnswer> {
  const response = await request(login, refreshToken, context, timeoutMs);
  const { server, status, text } = response;
  const reading = readTokenResponse(status, text, login.answerNames);
  if (reading.kind === 'tokens') return answer(login, server, refreshToken, reading.body, context);
  const secrets = [refreshToken.reveal(), login.clientSecret?.reveal() ?? ''];
  throw refreshFailure(response, reading, login, secrets);
}

interface RefreshResponse {
  readonly server: ResolvedServer;
  readonly status: number;
  readonly text: string;
  /** Before when it does not want to be asked again, in milliseconds since the epoch. */
  readonly retryAt?: number | undefined;
}

async function request(
  login: TokenLogin,
  refreshToken: Secret,
  context: OAuthContext,
  timeoutMs: number,
): Promise<RefreshResponse> {
  try {
    return await withDeadline(context, timeoutMs, async (bounded) => {
      const library = await loadLibrary();
      const client = libraryClient(library, login, bounded);
      const server = await resolveServer(login, bounded);
      const response = await library.refreshTokenGrantRequest(
        libraryServer(server),
        client,
        clientAuthentication(library, login, server),
        refreshToken.reveal(),
        {
          additionalParameters: tokenParameters(login),
          ...requestOptions(library, bounded, server.tokenEndpoint, timeoutMs),
        },
      );
      const retryAt = retryMoment(response.headers, context.clock.now());
      return { server, status: response.status, text: await response.text(), retryAt };
    });
  } catch (error) {
    if (error instanceof RotaError && error.failure.kind === 'cancelled') throw error;
    const reason = error instanceof RotaError ? error.message : 'The token endpoint could not be asked.';
    throw refreshError(false, `The access could not be renewed for now. ${reason}`);
  }
}

async function answer(
  login: TokenLogin,
  server: ResolvedServer,
  old: Secret,
  body: TokenBody,
  context: OAuthContext,
): Promise<TokenAnswer> {
  const now = context.clock.now();
  const { accessToken, refreshToken, idToken, expiresInSeconds } = body;
  const expiresAt =
    accessToken === undefined
      ? { expiresAt: now }
      : expiresInSeconds === undefined
        ? {}
        : { expiresAt: now + expiresInSeconds * 1000 };
  return {
    kind: 'tokens',
    accessToken: new Secret(accessToken ?? ''),
    refreshToken: refreshToken === undefined ? old : new Secret(refreshToken),
    ...expiresAt,
    claims: idToken === undefined ? {} : await claimsOf(login, server, idToken, context),
  };
}

async function claimsOf(login: TokenLogin, server: ResolvedServer, idToken: string, context: OAuthContext) {
  const library = await loadLibrary();
  return refreshClaims(library, server, libraryClient(library, login, context), idToken);
}

function refreshFailure(
  { server, status, retryAt }: RefreshResponse,
  reading: Exclude<TokenReading, { kind: 'tokens' }>,
  { whenOver }: TokenLogin,
  secrets: readonly string[],
): RotaError {
  const { host } = new URL(server.tokenEndpoint);
  if (reading.kind === 'malformed' || isPassing(status)) {
    return refreshError(
      false,
      `${host} did not renew the access for now (HTTP ${status}). It will be tried again.`,
      retryAt,
    );
  }
  const words = errorPhrase(reading.code, reading.description, secrets);
  if (!finalErrors.has(reading.code)) {
    const message = `${host} did not renew the access (${words}). It will be tried again.`;
    return refreshError(false, message, retryAt);
  }
  const why = whenOver === undefined ? '' : ` ${whenOver}`;
  return refreshError(true, `${host} no longer accepts this sign-in (${words}).${why}`);
}

function refreshError(final: boolean, message: string, retryAt?: number): RotaError {
  return new RotaError({ kind: 'refresh', final, message, ...(retryAt !== undefined && { retryAt }) });
}

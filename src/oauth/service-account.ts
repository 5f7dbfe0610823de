import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { signedAssertion } from './assertion.ts';
import { callTimeoutMs } from './call.ts';
import { withDeadline } from './deadline.ts';
import { loadLibrary, requestOptions, unknownIssuer } from './library.ts';
import { errorPhrase } from './provider-words.ts';
import { clockWords } from './clock-words.ts';
import { finalErrors } from './refresh.ts';
import { retryMoment } from './retry-moment.ts';
import { isPassing } from './token-request.ts';
import { readTokenResponse } from './token-response.ts';
import type { TokenReading } from './token-response.ts';
import type { OAuthContext, ServiceAccountKey, ServiceAccountLogin, TokenAnswer } from './types.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** What a server says of accounts and keys that are gone, disabled or not let in, besides what it says of any client. */
const finalHere = new Set([
  ...finalErrors,
  'access_denied',
  'admin_policy_enforced',
  'deleted_client',
  'disabled_client',
  'org_internal',
]);

/**
 * Asks for an access token with what a service account's key has signed (RFC 7523 §2.1), within `timeoutMs`. There is no refresh
 * token: the next one is asked for in the same way.
 * @throws RotaError `refresh`: `final` means that this key is of no use any more; else try again later. `cancelled` when
 * `context.signal` aborts.
 */
export async function mintToken(
  { scopes }: ServiceAccountLogin,
  key: ServiceAccountKey,
  context: OAuthContext,
  timeoutMs: number = callTimeoutMs,
): Promise<TokenAnswer> {
  const assertion = assertionOf(key, scopes, context.clock.now());
  const answer = await request(key, assertion, context, timeoutMs);
  const reading = readTokenResponse(answer.status, answer.text);
  const {
    accessToken,
    tokenType = 'bearer',
    expiresInSeconds,
  } = reading.kind === 'tokens' ? reading.body : {};
  if (accessToken === undefined || tokenType.toLowerCase() !== 'bearer') {
    throw refusal(reading, answer, key, [assertion.reveal(), key.privateKey.reveal()]);
  }
  return {
    kind: 'tokens',
    accessToken: new Secret(accessToken),
    ...(expiresInSeconds !== undefined && { expiresAt: context.clock.now() + expiresInSeconds * 1000 }),
    claims: {},
  };
}

function assertionOf(key: ServiceAccountKey, scopes: readonly string[], nowMs: number): Secret {
  try {
    return signedAssertion(key, scopes, nowMs);
  } catch {
    // Without the cause: it may be about what the key holds.
    throw refreshError(true, `The private key of ${key.clientEmail} cannot be read. ${newKey}`);
  }
}

const newKey = 'Download a new key there and sign in with --service-account-file.';

interface Answer {
  readonly status: number;
  readonly text: string;
  /** By how much the server's clock is ahead of ours, in milliseconds, where it says what time it is. */
  readonly aheadMs?: number;
  /** Before when it does not want to be asked again, in milliseconds since the epoch. */
  readonly retryAt?: number | undefined;
}

async function request(
  { clientEmail, tokenEndpoint }: ServiceAccountKey,
  assertion: Secret,
  context: OAuthContext,
  timeoutMs: number,
): Promise<Answer> {
  try {
    return await withDeadline(context, timeoutMs, async (bounded) => {
      const library = await loadLibrary();
      const response = await library.genericTokenEndpointRequest(
        { issuer: unknownIssuer, token_endpoint: tokenEndpoint },
        { client_id: clientEmail },
        // The assertion says who asks (RFC 7521 §4.1): nothing else is sent.
        () => undefined,
        grantType,
        { assertion: assertion.reveal() },
        requestOptions(library, bounded, tokenEndpoint, timeoutMs),
      );
      const serverMs = Date.parse(response.headers.get('date') ?? '');
      return {
        status: response.status,
        text: await response.text(),
        retryAt: retryMoment(response.headers, context.clock.now()),
        ...(!Number.isNaN(serverMs) && { aheadMs: serverMs - context.clock.now() }),
      };
    });
  } catch (error) {
    if (error instanceof RotaError && error.failure.kind === 'cancelled') throw error;
    const reason = error instanceof RotaError ? error.message : 'The token endpoint could not be asked.';
    throw refreshError(false, `No access token could be had for now. ${reason}`);
  }
}

function refusal(
  reading: TokenReading,
  { status, aheadMs, retryAt }: Answer,
  { clientEmail, tokenEndpoint }: ServiceAccountKey,
  secrets: readonly string[],
): RotaError {
  const { host } = new URL(tokenEndpoint);
  if (reading.kind !== 'error' || isPassing(status)) {
    return refreshError(false, `${host} gave no access token for now (HTTP ${status}).`, retryAt);
  }
  const words = errorPhrase(reading.code, reading.description, secrets);
  const clock = reading.code === 'invalid_grant' ? clockWords(reading.description, aheadMs) : undefined;
  if (clock !== undefined) {
    return refreshError(false, `${host} refuses what ${clientEmail} has signed (${words}). ${clock}`);
  }
  if (!finalHere.has(reading.code)) {
    return refreshError(false, `${host} gave no access token for ${clientEmail} (${words}).`, retryAt);
  }
  return refreshError(
    true,
    `${host} does not accept ${clientEmail} (${words}). See at the provider whether the service account and its key are there and enabled. ${newKey}`,
  );
}

function refreshError(final: boolean, message: string, retryAt?: number): RotaError {
  return new RotaError({ kind: 'refresh', final, message, ...(retryAt !== undefined && { retryAt }) });
}

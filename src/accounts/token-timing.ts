import type { OAuthCredential } from './credential.ts';

/** A token that ends while a request is on its way is refused, so the last moments of its life are not used. */
const LONGEST_MARGIN_MS = 30_000;
const MARGIN_OF_LIFE = 0.1;

const REFRESH_AT_OF_LIFE = 0.8;
/** Spread over the next tenth of life, so that accounts signed in together do not refresh together. */
const JITTER_OF_LIFE = 0.1;

const FIRST_BACK_OFF_MS = 5_000;
const LONGEST_BACK_OFF_MS = 300_000;
const BACK_OFF_JITTER = 0.2;

/** Whether the access token may still be sent. One whose end the provider did not name may, until it is refused. */
export function isUsable(credential: OAuthCredential, nowMs: number): boolean {
  if (credential.accessToken === undefined) return false;
  if (credential.expiresAt === undefined) return true;
  const lifeMs = credential.expiresAt - (credential.issuedAt ?? -Infinity);
  return nowMs < credential.expiresAt - Math.min(LONGEST_MARGIN_MS, Math.max(0, lifeMs * MARGIN_OF_LIFE));
}

/**
 * When to refresh ahead of expiry, in milliseconds since the epoch: at 80 to 90 % of the token's life.
 * `undefined` where that is not possible or not needed.
 * @param chance in [0, 1)
 */
export function refreshMoment(
  credential: OAuthCredential,
  nowMs: number,
  chance: number,
): number | undefined {
  const { accessToken, refreshToken, expiresAt, issuedAt = nowMs } = credential;
  if (refreshToken === undefined) return undefined;
  if (accessToken === undefined) return nowMs;
  if (expiresAt === undefined) return undefined;
  const lifeMs = Math.max(0, expiresAt - issuedAt);
  return Math.floor(issuedAt + lifeMs * (REFRESH_AT_OF_LIFE + JITTER_OF_LIFE * chance));
}

/**
 * How long to leave something alone that has failed this many times in a row, in milliseconds: 5 s doubling to 5 min.
 * @param chance in [0, 1)
 */
export function backOffMs(failures: number, chance: number): number {
  const fullMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(fullMs * (1 - BACK_OFF_JITTER * chance));
}

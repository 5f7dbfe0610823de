import type { Secret } from '../secret.ts';
import { isLoopbackHost, readAddress } from './addresses.ts';
import { errorPhrase } from './provider-words.ts';
import { signInError } from './sign-in-failure.ts';
import { isPassing } from './token-request.ts';
import { readObject } from './token-response.ts';

/** What a device authorization endpoint gave (RFC 8628 §3.2), checked. */
export interface DeviceStart {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  readonly lifeMs: number;
  readonly intervalMs: number;
}

/** RFC 8628 §3.2: what holds where the server names none. */
const defaultIntervalSeconds = 5;
/** Where the server does not say how long the code lives, although it must. */
const defaultLifeSeconds = 900;

/**
 * Reads the answer that begins a sign-in by device code. What is shown to a person is fit for a terminal, and the
 * address is one that may be opened: https, or http on this machine where the server itself is there.
 * @throws RotaError `sign-in` (`unreachable`, `unsupported`, `token-answer`).
 */
export function readDeviceStart(
  status: number,
  text: string,
  endpoint: string,
  secrets: readonly Secret[],
): DeviceStart {
  const { host, hostname } = new URL(endpoint);
  if (isPassing(status)) {
    throw signInError(
      'unreachable',
      `${host} cannot begin a sign-in at the moment (HTTP ${status}). Try again later.`,
    );
  }
  const members = readObject(text) ?? {};
  const { error, error_description: description } = members;
  if (typeof error === 'string' && error !== '') {
    const hidden = secrets.map((secret) => secret.reveal());
    throw signInError(
      error === 'unauthorized_client' ? 'unsupported' : 'token-answer',
      `${host} refused to begin the sign-in (${errorPhrase(error, description, hidden)}).`,
    );
  }
  const deviceCode = nonEmpty(members['device_code']);
  const userCode = nonEmpty(members['user_code']);
  // Some servers kept the name that a draft of the standard had.
  const uri = members['verification_uri'] ?? members['verification_url'];
  const verificationUri = openable(uri, hostname);
  if (status >= 300 || deviceCode === undefined || !isCode(userCode) || verificationUri === undefined) {
    throw signInError(
      'token-answer',
      `${host} answered with something else than a code to enter (HTTP ${status}).`,
    );
  }
  const complete = openable(members['verification_uri_complete'], hostname);
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(complete === undefined ? {} : { verificationUriComplete: complete }),
    lifeMs: seconds(members['expires_in'], defaultLifeSeconds) * 1000,
    // A server that says 0 does not mean to be asked without a pause.
    intervalMs: Math.max(1, seconds(members['interval'], defaultIntervalSeconds)) * 1000,
  };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isCode(code: string | undefined): code is string {
  return code !== undefined && /^[\x20-\x7e]{1,64}$/.test(code);
}

function openable(value: unknown, serverHost: string): string | undefined {
  const address = typeof value === 'string' ? readAddress(value) : undefined;
  if (address === undefined) return undefined;
  return address.protocol === 'https:' || isLoopbackHost(serverHost) ? address.href : undefined;
}

function seconds(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : otherwise;
}

import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '../secret.ts';
import { readDeviceStart } from './device-start.ts';
import type { DeviceStart } from './device-start.ts';
import { pollForTokens } from './device-poll.ts';
import type { Pause } from './device-poll.ts';
import { resolveServer } from './discovery.ts';
import {
  clientAuthentication,
  libraryClient,
  libraryServer,
  loadLibrary,
  requestOptions,
} from './library.ts';
import { abortError, cancelledError } from './sign-in-failure.ts';
import type { TokenSide } from './token-answer.ts';
import { tokenParameters } from './token-request.ts';
import type { DeviceCodeLogin, OAuthContext, TokenAnswer } from './types.ts';

export interface DeviceOptions {
  /** How long a person has, in milliseconds, where the server gives them longer; five minutes unless told. */
  readonly timeoutMs?: number;
  /** Waits between two questions; real time unless told. */
  readonly pause?: Pause;
}

/** A sign-in by device code that has begun: the code is ready to be entered on any machine. */
export interface PendingDevice {
  /** What the person enters at `verificationUri`. */
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same address with the code in it, where the server makes one. The code must be shown all the same (RFC 8628 §3.3.1). */
  readonly verificationUriComplete?: string;
  /** When the code is worth nothing any more, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Settles once: with the answer, or with a `RotaError` of kind `sign-in` or `cancelled`. */
  readonly answer: Promise<TokenAnswer>;
  /** Ends asking: `answer` rejects with kind `cancelled`. Harmless when already settled. */
  close(): void;
}

/**
 * Begins a sign-in on another device (RFC 8628): asks for a code, and then asks again and again whether a person has
 * entered it, no more often than the server allows.
 * @throws RotaError `sign-in` (`discovery`, `unsupported`, `unreachable`, `token-answer`) where it cannot begin, or `cancelled`.
 */
export async function beginDeviceAuthorization(
  login: DeviceCodeLogin,
  context: OAuthContext,
  options: DeviceOptions = {},
): Promise<PendingDevice> {
  const library = await loadLibrary();
  libraryClient(library, login, context);
  const server = await resolveServer(login, context);
  const side: TokenSide = { library, login, server };
  const start = await requestStart(side, login, context);
  const stop = new AbortController();
  const outer = context.signal;
  const cancel = (): void => stop.abort(outer === undefined ? cancelledError() : abortError(outer));
  outer?.addEventListener('abort', cancel, { once: true });
  if (outer?.aborted === true) cancel();
  const beganAt = context.clock.now();
  const expiresAt = beganAt + Math.min(start.lifeMs, options.timeoutMs ?? 300_000);
  const answer = pollForTokens(side, start, {
    context: { ...context, signal: stop.signal },
    endsAt: expiresAt,
    pause: options.pause ?? pauseFor,
  }).finally(() => outer?.removeEventListener('abort', cancel));
  // Whoever began the sign-in may not be listening yet.
  answer.catch(() => undefined);
  const { userCode, verificationUri, verificationUriComplete } = start;
  return {
    userCode,
    verificationUri,
    ...(verificationUriComplete === undefined ? {} : { verificationUriComplete }),
    expiresAt,
    answer,
    close: () => stop.abort(cancelledError()),
  };
}

async function requestStart(
  side: TokenSide,
  login: DeviceCodeLogin,
  context: OAuthContext,
): Promise<DeviceStart> {
  const { library, server } = side;
  const client = libraryClient(library, login, context);
  const metadata = libraryServer(server);
  const described = { ...metadata, device_authorization_endpoint: server.startEndpoint };
  const parameters = {
    ...login.parameters,
    ...tokenParameters(login),
    ...(login.scopes === undefined ? {} : { scope: login.scopes.join(' ') }),
  };
  const response = await library.deviceAuthorizationRequest(
    described,
    client,
    clientAuthentication(library, login, server),
    parameters,
    requestOptions(library, context, server.startEndpoint),
  );
  const secrets = [login.clientSecret ?? new Secret('')];
  return readDeviceStart(response.status, await response.text(), server.startEndpoint, secrets);
}

/** Real time, which a signal cuts short. */
async function pauseFor(waitMs: number, { signal }: OAuthContext): Promise<void> {
  await delay(waitMs, undefined, { signal }).catch((error: unknown) => {
    throw signal?.aborted === true ? abortError(signal) : error;
  });
}

import { RotaError } from '../failure.ts';
import type { DeviceStart } from './device-start.ts';
import { clientAuthentication, libraryClient, libraryServer, requestOptions } from './library.ts';
import { abortError, signInError } from './sign-in-failure.ts';
import { tokenAnswer } from './token-answer.ts';
import type { TokenSide } from './token-answer.ts';
import { exchangeFailure, isPassing, tokenParameters } from './token-request.ts';
import { readTokenResponse } from './token-response.ts';
import type { TokenReading } from './token-response.ts';
import type { OAuthContext, TokenAnswer } from './types.ts';

/** Resolves after so many milliseconds; rejects with what `context.signal` was aborted with. */
export type Pause = (waitMs: number, context: OAuthContext) => Promise<void>;

export interface PollOptions {
  readonly context: OAuthContext & { readonly signal: AbortSignal };
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  readonly pause: Pause;
}

/** RFC 8628 §3.5: what `slow_down` adds to the interval, from then on. */
const slowDownMs = 5_000;
/** A server in trouble is asked half as often each time, but a person does not wait for minutes after they have agreed. */
const longestIntervalMs = 60_000;

/**
 * Asks for the tokens until a person has agreed or refused, or the code has run out (RFC 8628 §3.4, §3.5). A server
 * that cannot be reached, or is unwell, is asked again later.
 * @throws RotaError `sign-in` (`denied`, `code-expired`, `timeout`, `token-answer`), or `cancelled`.
 */
export async function pollForTokens(
  side: TokenSide,
  start: DeviceStart,
  { context, endsAt, pause }: PollOptions,
): Promise<TokenAnswer> {
  let { intervalMs } = start;
  const codeEndsAt = context.clock.now() + start.lifeMs;
  for (;;) {
    const leftMs = endsAt - context.clock.now();
    await pause(Math.max(0, Math.min(intervalMs, leftMs)), context);
    if (context.signal.aborted) throw abortError(context.signal);
    if (context.clock.now() >= endsAt) throw ranOut(endsAt >= codeEndsAt);
    const asked = await ask(side, start.deviceCode, context);
    if (asked.kind === 'tokens') return tokenAnswer(side, asked.body, undefined, context);
    if (asked.kind === 'wait') intervalMs = asked.nextMs(intervalMs);
  }
}

type Asked =
  Extract<TokenReading, { kind: 'tokens' }> | { readonly kind: 'wait'; nextMs(intervalMs: number): number };

const pending: Asked = { kind: 'wait', nextMs: (intervalMs) => intervalMs };
const slower: Asked = { kind: 'wait', nextMs: (intervalMs) => intervalMs + slowDownMs };
const unwell: Asked = {
  kind: 'wait',
  nextMs: (intervalMs) => Math.max(intervalMs, Math.min(intervalMs * 2, longestIntervalMs)),
};

async function ask(side: TokenSide, deviceCode: string, context: PollOptions['context']): Promise<Asked> {
  const answer = await request(side, deviceCode, context);
  if (answer === undefined) return unwell;
  const { status, text } = answer;
  const reading = readTokenResponse(status, text, side.login.answerNames);
  if (reading.kind === 'tokens') return reading;
  const code = reading.kind === 'error' ? reading.code : undefined;
  // Some servers say these with a 429 or a 5xx; the code counts.
  if (code === 'authorization_pending') return pending;
  if (code === 'slow_down') return slower;
  if (code === 'expired_token') throw ranOut(true);
  if (isPassing(status)) return unwell;
  const secrets = [deviceCode, side.login.clientSecret?.reveal() ?? ''];
  throw exchangeFailure(status, reading, side.server.tokenEndpoint, secrets);
}

/** `undefined` where no answer came, which says nothing about the sign-in. */
async function request(
  { library, login, server }: TokenSide,
  deviceCode: string,
  context: OAuthContext,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await library.deviceCodeGrantRequest(
      libraryServer(server),
      libraryClient(library, login, context),
      clientAuthentication(library, login, server),
      deviceCode,
      {
        additionalParameters: tokenParameters(login),
        ...requestOptions(library, context, server.tokenEndpoint),
      },
    );
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (error instanceof RotaError && error.failure.kind === 'sign-in') {
      if (error.failure.reason === 'unreachable') return undefined;
    }
    throw error;
  }
}

function ranOut(isCode: boolean): RotaError {
  return isCode
    ? signInError('code-expired', 'The code was not entered before it ran out. Start the sign-in again.')
    : signInError(
        'timeout',
        'Nobody entered the code in time. Start the sign-in again, with a longer --timeout.',
      );
}

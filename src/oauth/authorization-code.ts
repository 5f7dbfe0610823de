import type { Callback } from './callback.ts';
import { keyFlow } from './key-flow.ts';
import type { Flow } from './flow.ts';
import { openListener } from './loopback.ts';
import type { Reception, RedirectTarget } from './loopback.ts';
import { readPasted } from './pasted.ts';
import { abortError, signInError } from './sign-in-failure.ts';
import { tokenFlow } from './token-flow.ts';
import type { AuthorizationCodeLogin, OAuthContext, PendingSignIn } from './types.ts';
import { waitForCode } from './waiting.ts';
import type { Waiting } from './waiting.ts';

export interface AuthorizationOptions {
  /** How long a person has in the browser, in milliseconds; five minutes unless told. */
  readonly timeoutMs?: number;
}

/**
 * Begins a sign-in: opens a listener on the loopback interface and makes the address for the browser (RFC 8252).
 * Sign-ins do not know of each other; any number may be under way.
 * @throws RotaError `sign-in` (`discovery`, `listener`, `unsupported`) where it cannot begin, or `cancelled`.
 */
export async function beginAuthorization(
  login: AuthorizationCodeLogin,
  context: OAuthContext,
  options: AuthorizationOptions = {},
): Promise<PendingSignIn> {
  const flow = await (login.keyExchange === undefined
    ? tokenFlow(login, context)
    : keyFlow(login, login.keyExchange, context));
  if (context.signal?.aborted === true) throw abortError(context.signal);
  const listener = await openListener(redirectTarget(login, flow.path));
  const { redirectUri } = listener;
  const waiting = waitForCode({
    timeoutMs: options.timeoutMs ?? 300_000,
    signal: context.signal,
    exchange: (code, signal) => flow.exchange(code, redirectUri, { ...context, signal }),
    release: () => listener.close(),
  });
  listener.onCallback((query) => receive(flow.judge(query), waiting));
  return {
    url: flow.url(redirectUri),
    redirectUri,
    ...(flow.codeUrl === undefined ? {} : { codeUrl: flow.codeUrl }),
    answer: waiting.answer,
    paste: (text) => takePasted(text, flow, waiting, redirectUri),
    close: () => waiting.cancel(),
  };
}

function redirectTarget(login: AuthorizationCodeLogin, path: string): RedirectTarget {
  if (!/^\/[\w\-.~!$&'()*+,;=:@%/]*$/.test(path)) {
    throw signInError(
      'listener',
      'The redirect path of this sign-in must begin with a slash and hold no query.',
    );
  }
  const host = login.redirect?.host ?? '127.0.0.1';
  return { host: host === '[::1]' ? '::1' : host, port: login.redirect?.port ?? 0, path };
}

function receive(callback: Callback, waiting: Waiting): Reception {
  if (callback.kind === 'granted') return waiting.takeCode(callback.code);
  if (callback.kind === 'refused') return waiting.refuse(callback.error);
  return { kind: 'ignored' };
}

function takePasted(text: string, flow: Flow, waiting: Waiting, redirectUri: string): string | undefined {
  if (waiting.stage() === 'ended') return 'This sign-in has ended already. Start a new one.';
  if (waiting.stage() === 'exchanging') return 'This sign-in was received already and is being finished.';
  const pasted = readPasted(text, redirectUri, flow.acceptsBareCode);
  if (pasted.kind === 'problem') return pasted.problem;
  const callback: Callback =
    pasted.kind === 'code' ? { kind: 'granted', code: pasted.code } : flow.judge(pasted.query);
  if (callback.kind === 'ignored') return callback.problem;
  receive(callback, waiting);
  return undefined;
}

import { afterEach, describe, expect, it } from 'vitest';
import { startOddServer } from '../../test/oauth-server/odd-server.ts';
import type { OddAnswer, OddRequest, OddServer } from '../../test/oauth-server/odd-server.ts';
import { Secret } from '../secret.ts';
import { beginDeviceAuthorization } from './device-code.ts';
import type { DeviceOptions, PendingDevice } from './device-code.ts';
import type { DeviceCodeLogin, OAuthContext } from './types.ts';

const started: OddServer[] = [];
const begun: PendingDevice[] = [];

afterEach(async () => {
  for (const pending of begun.splice(0)) pending.close();
  await Promise.all(started.splice(0).map((server) => server.close()));
});

const tokens: OddAnswer = { body: { access_token: 'a', token_type: 'Bearer' } };
const pendingError: OddAnswer = { status: 400, body: { error: 'authorization_pending' } };
const slowDown: OddAnswer = { status: 400, body: { error: 'slow_down' } };

/** A clock that moves on by what the sign-in waits for, and nothing else. */
function waits() {
  let nowMs = 1_600_000_000_000;
  const waited: number[] = [];
  const pause: NonNullable<DeviceOptions['pause']> = async (waitMs) => {
    waited.push(waitMs / 1000);
    nowMs += waitMs;
  };
  const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => nowMs } };
  return { waited, pause, context };
}

interface Rig {
  readonly server: OddServer;
  readonly login: DeviceCodeLogin;
}

/** Begins with `start`, and gives each of `answers` to a question for tokens in turn, the last one again and again. */
async function serve(start: (origin: string) => OddAnswer, answers: readonly OddAnswer[]): Promise<Rig> {
  let asked = 0;
  const server = await startOddServer(({ path, headers }) => {
    if (path === '/device') return start(`http://${String(headers['host'])}`);
    asked += 1;
    return answers[Math.min(asked, answers.length) - 1] ?? { status: 404 };
  });
  started.push(server);
  const login: DeviceCodeLogin = {
    kind: 'device-code',
    deviceAuthorizationEndpoint: `${server.origin}/device`,
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'client',
  };
  return { server, login };
}

const code =
  (more: object = {}) =>
  (origin: string): OddAnswer => ({
    body: {
      device_code: 'the-device-code',
      user_code: 'WDJB-MJHT',
      verification_uri: `${origin}/activate`,
      expires_in: 100,
      ...more,
    },
  });

async function begin(
  { login }: Rig,
  { context, pause }: Pick<ReturnType<typeof waits>, 'context' | 'pause'>,
  timeoutMs?: number,
): Promise<PendingDevice> {
  const pending = await beginDeviceAuthorization(login, context, {
    pause,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  begun.push(pending);
  return pending;
}

const formOf = (request: OddRequest | undefined) => Object.fromEntries(new URLSearchParams(request?.body));

describe('a sign-in by device code', () => {
  it('asks for a code, and then for the tokens, as RFC 8628 has it', async () => {
    const rig = await serve(code({ verification_uri_complete: 'http://127.0.0.1:1/activate?c=1' }), [tokens]);
    const time = waits();
    const login: DeviceCodeLogin = {
      ...rig.login,
      scopes: ['openid', 'chat'],
      clientSecret: new Secret('desktop'),
      parameters: { audience: 'api', resource: 'https://api.example' },
    };
    const pending = await begin({ ...rig, login }, time);
    expect(pending).toMatchObject({
      userCode: 'WDJB-MJHT',
      verificationUri: `${rig.server.origin}/activate`,
      verificationUriComplete: 'http://127.0.0.1:1/activate?c=1',
    });
    const answer = await pending.answer;
    expect(answer.accessToken.equals('a')).toBe(true);
    expect(formOf(rig.server.requests[0])).toMatchObject({
      client_id: 'client',
      scope: 'openid chat',
      audience: 'api',
      resource: 'https://api.example',
    });
    expect(formOf(rig.server.requests[1])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'the-device-code',
      client_id: 'client',
      client_secret: 'desktop',
      resource: 'https://api.example',
    });
  });

  it.each<[string, object, readonly OddAnswer[], readonly number[]]>([
    ['asks every five seconds where nothing is said', {}, [pendingError, pendingError, tokens], [5, 5, 5]],
    ['asks as often as the server allows', { interval: 2 }, [pendingError, tokens], [2, 2]],
    ['takes a number in a string', { interval: '3' }, [tokens], [3]],
    ['never asks without a pause', { interval: 0 }, [pendingError, tokens], [1, 1]],
    [
      'adds five seconds at each slow_down, and keeps them',
      { interval: 1 },
      [slowDown, pendingError, slowDown, tokens],
      [1, 6, 6, 11],
    ],
    [
      'asks a server in trouble half as often',
      {},
      [{ status: 503, body: 'unwell' }, { status: 503 }, { manner: 'cut', body: 'x' }, tokens],
      [5, 10, 20, 40],
    ],
    [
      'reads the code whatever the status',
      {},
      [{ status: 429, body: { error: 'slow_down' } }, tokens],
      [5, 10],
    ],
  ])('%s', async (_name, start, answers, expected) => {
    const time = waits();
    const pending = await begin(await serve(code(start), answers), time);
    await expect(pending.answer).resolves.toMatchObject({ kind: 'tokens' });
    expect(time.waited).toEqual(expected);
  });

  it.each<[string, OddAnswer, string]>([
    [
      'the person refuses',
      { status: 400, body: { error: 'access_denied', error_description: 'No.' } },
      'denied',
    ],
    [
      'the server says that the code ran out',
      { status: 400, body: { error: 'expired_token' } },
      'code-expired',
    ],
    ['the code is unknown', { status: 400, body: { error: 'invalid_grant' } }, 'code-expired'],
    ['the client is unknown', { status: 401, body: { error: 'invalid_client' } }, 'token-answer'],
    ['the answer is no answer', { status: 200, body: 'hello' }, 'token-answer'],
    ['the token is of another kind', { body: { access_token: 'a', token_type: 'mac' } }, 'token-answer'],
  ])('ends where %s', async (_name, last, reason) => {
    const rig = await serve(code(), [pendingError, last]);
    const pending = await begin(rig, waits());
    await expect(pending.answer).rejects.toMatchObject({ failure: { kind: 'sign-in', reason } });
    expect(rig.server.requests).toHaveLength(3);
  });

  it('ends with the code, without asking for it any more', async () => {
    const rig = await serve(code({ expires_in: 12 }), [pendingError]);
    const time = waits();
    const pending = await begin(rig, time);
    await expect(pending.answer).rejects.toMatchObject({ failure: { reason: 'code-expired' } });
    expect(time.waited).toEqual([5, 5, 2]);
    expect(rig.server.requests).toHaveLength(3);
  });

  it('ends with the time that a person has, where that is shorter', async () => {
    const pending = await begin(await serve(code(), [pendingError]), waits(), 8_000);
    await expect(pending.answer).rejects.toMatchObject({ failure: { reason: 'timeout' } });
  });

  it('ends at once when it is closed, though a question is under way or the next one is far off', async () => {
    const rig = await serve(code({ interval: 60 }), [{ manner: 'silence' }]);
    const { context } = waits();
    const waiting = await beginDeviceAuthorization(rig.login, context);
    waiting.close();
    await expect(waiting.answer).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
    const controller = new AbortController();
    let asked: () => void = () => undefined;
    const asking = new Promise<void>((resolve) => (asked = resolve));
    const silent: OAuthContext = {
      ...context,
      signal: controller.signal,
      fetch: (url, init) => {
        if (url.endsWith('/token')) asked();
        return fetch(url, init);
      },
    };
    const pending = await begin(rig, { context: silent, pause: async () => undefined });
    await asking;
    controller.abort();
    await expect(pending.answer).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });

  it.each<[string, OddAnswer | ((origin: string) => OddAnswer), string]>([
    ['a server in trouble', { status: 500, body: 'no' }, 'unreachable'],
    ['a client that may not', { status: 400, body: { error: 'unauthorized_client' } }, 'unsupported'],
    ['another answer', { body: { device_code: 'd' } }, 'token-answer'],
    ['an address that is none', code({ verification_uri: 'javascript:alert(1)' }), 'token-answer'],
    [
      'an address of plain http elsewhere',
      code({ verification_uri: 'http://evil.example/' }),
      'token-answer',
    ],
    ['a code that drives the terminal', code({ user_code: 'A\u001b[2J' }), 'token-answer'],
  ])('does not begin at %s', async (_name, start, reason) => {
    const rig = await serve(typeof start === 'function' ? start : () => start, [tokens]);
    await expect(begin(rig, waits())).rejects.toMatchObject({ failure: { kind: 'sign-in', reason } });
  });

  it('does not begin without a client id', async () => {
    const { login } = await serve(code(), [tokens]);
    const { clientId: _none, ...nameless } = login;
    await expect(beginDeviceAuthorization(nameless, waits().context)).rejects.toMatchObject({
      failure: { reason: 'unsupported' },
    });
  });

  it('shows neither the device code nor the secret, even where the server echoes them', async () => {
    const rig = await serve(code(), []);
    const echo = await startOddServer(({ body }) => ({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: [...new URLSearchParams(body).values()].join(' '),
      },
    }));
    started.push(echo);
    const login = {
      ...rig.login,
      tokenEndpoint: `${echo.origin}/token`,
      clientSecret: new Secret('desktop-secret'),
    };
    const pending = await begin({ ...rig, login }, waits());
    const error: unknown = await pending.answer.catch((caught: unknown) => caught);
    expect(String(error)).toContain('[secret]');
    expect(String(error)).not.toMatch(/the-device-code|desktop-secret/);
  });
});

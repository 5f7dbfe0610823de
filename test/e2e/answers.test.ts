import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { errorOf, MODEL, stage, standingClock, type Scene } from './scene.ts';

const patient = { routing: { strategy: 'fill-first', affinity: false } };
const noRetry = { ...patient, requestRetry: 0 };

interface Spent {
  readonly one: Behaviour;
  readonly two: Behaviour;
  readonly settings?: object;
  readonly status: number;
  readonly type: string;
  readonly code: string;
  /** Seconds; absent where no header may be there. */
  readonly retryAfter?: string;
  readonly shouldRetry?: 'false';
  readonly reasons: readonly [string, string];
  /** Milliseconds from now until the soonest way on. */
  readonly waitMs?: number;
}

const quota = { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' };
const overload = { status: 503, type: 'service_unavailable_error', code: 'server_is_overloaded' };
const transport = { status: 502, type: 'server_error', code: 'upstream_error' };
const needsLogin = { status: 403, type: 'permission_error', code: 'needs_login' };

const spent: Readonly<Record<string, Spent>> = {
  'both limited: the sooner one counts': {
    one: faults.rateLimited({ seconds: 40 }),
    two: faults.rateLimited({ seconds: 20 }),
    ...quota,
    retryAfter: '20',
    reasons: ['throttle', 'throttle'],
    waitMs: 20_000,
  },
  'a far recovery: the header is capped, the body is not': {
    one: faults.rateLimited({ seconds: 7200 }),
    two: faults.rateLimited({ seconds: 3600 }),
    ...quota,
    retryAfter: '60',
    shouldRetry: 'false',
    reasons: ['throttle', 'throttle'],
    waitMs: 3_600_000,
  },
  'a recovery within the second: the header says at least one': {
    one: faults.rateLimited({ milliseconds: 300 }),
    two: faults.rateLimited({ seconds: 20 }),
    ...quota,
    retryAfter: '1',
    reasons: ['throttle', 'throttle'],
    waitMs: 300,
  },
  'money gone on both': {
    one: faults.paymentRequired(),
    two: faults.outOfCredits(),
    ...quota,
    retryAfter: '60',
    shouldRetry: 'false',
    reasons: ['billing', 'billing'],
    waitMs: 3_600_000,
  },
  'a sign-in and a limit: waiting is the way on': {
    one: faults.unauthorized(),
    two: faults.rateLimited({ seconds: 20 }),
    ...quota,
    retryAfter: '20',
    reasons: ['auth', 'throttle'],
    waitMs: 20_000,
  },
  'a limit and a 500: the sooner one counts': {
    one: faults.rateLimited({ seconds: 20 }),
    two: faults.serverError(),
    settings: noRetry,
    ...transport,
    retryAfter: '5',
    reasons: ['throttle', 'transport'],
    waitMs: 5000,
  },
  'a limit and an overload: the sooner one counts': {
    one: faults.rateLimited({ seconds: 20 }),
    two: faults.siteOverloaded(),
    settings: noRetry,
    ...overload,
    retryAfter: '1',
    reasons: ['throttle', 'overload'],
    waitMs: 1000,
  },
  'both overloaded': {
    one: faults.overloaded({ seconds: 30 }),
    two: faults.overloaded({ seconds: 15 }),
    ...overload,
    retryAfter: '15',
    reasons: ['overload', 'overload'],
    waitMs: 15_000,
  },
  'both refuse the key': {
    one: faults.unauthorized(),
    two: faults.unauthorized(),
    ...needsLogin,
    shouldRetry: 'false',
    reasons: ['auth', 'auth'],
  },
};

describe('when every account is spent', () => {
  test.each(
    Object.entries(spent).flatMap(([name, row]) => [false, true].map((stream) => ({ name, row, stream }))),
  )('$name (stream: $stream)', async ({ row, stream }) => {
    const scene = await stage({ clock: standingClock(), settings: row.settings ?? patient });
    scene.simulator.script('key-one', row.one);
    scene.simulator.script('key-two', row.two);
    const first = await scene.chat({ stream });
    checkSpent(scene, first, row);
    expect(first.headers['x-rota-attempts']).toBe('2');
    if (row.waitMs === undefined || row.waitMs > 10_000) {
      const second = await scene.chat({ stream });
      checkSpent(scene, second, row);
      expect(second.headers['x-rota-attempts']).toBe('0');
      expect(scene.asked()).toEqual(['one', 'two']);
    }
  });

  function checkSpent(scene: Scene, answer: Awaited<ReturnType<Scene['chat']>>, row: Spent): void {
    expect(answer.status, answer.text).toBe(row.status);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['x-request-id']).toMatch(/^req_/u);
    expect(answer.headers['retry-after']).toBe(row.retryAfter);
    expect(answer.headers['x-should-retry']).toBe(row.shouldRetry);
    const error = errorOf(answer);
    const soonest = row.waitMs === undefined ? null : new Date(scene.clock.now() + row.waitMs).toISOString();
    expect(error).toMatchObject({ type: row.type, code: row.code, param: null, retry_at: soonest });
    expect(answer.headers['x-rota-retry-at']).toBe(soonest ?? undefined);
    expect(error.accounts?.map(({ account, reason }) => [account, reason])).toEqual([
      ['one', row.reasons[0]],
      ['two', row.reasons[1]],
    ]);
    expect(error.message).toContain(MODEL);
    expect(answer.text).not.toContain('key-one');
  }

  test('a sign-in that is needed is said with its command', async () => {
    const scene = await stage({ accounts: ['one'] });
    scene.simulator.script('key-one', faults.unauthorized());
    const { accounts, message } = errorOf(await scene.chat());
    expect(message).toContain(`proxy login ${accounts?.[0]?.provider}`);
  });

  test('nobody is to be reached', async () => {
    const gone = await startSimulator();
    gone.account('key-one', { models: [MODEL] });
    const scene = await stage({
      accounts: [{ label: 'one', upstream: `${gone.url}/v1` }],
      settings: { ...patient, requestRetry: 1 },
    });
    await scene.get('/v1/models');
    await gone.close();
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([502, '2']);
    expect(errorOf(answer)).toMatchObject({
      type: 'server_error',
      accounts: [{ account: 'one', reason: 'transport' }],
    });
    expect(answer.headers['retry-after']).toMatch(/^\d+$/u);
  });

  test.each([false, true])(
    'nobody has the model after all: a 404, the second time too (stream: %s)',
    async (stream) => {
      const scene = await stage();
      scene.simulator.script('*', faults.modelNotFound(MODEL), faults.modelNotFound(MODEL));
      for (const _ of [1, 2]) {
        const answer = await scene.chat({ stream });
        expect(answer.status, answer.text).toBe(404);
        expect(errorOf(answer).code).toBe('model_not_found');
      }
      expect(scene.asked()).toEqual(['one', 'two']);
    },
  );

  test('a missing model and a refused key: the client is not shown the 401', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.modelNotFound(MODEL));
    scene.simulator.script('key-two', faults.unauthorized());
    const answer = await scene.chat();
    expect(answer.status, answer.text).toBe(403);
    expect(errorOf(answer).accounts?.map(({ reason }) => reason)).toEqual(['capability', 'auth']);
  });

  test('a limit and an account that must sign in again after it: a 429', async () => {
    const scene = await stage();
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    scene.simulator.script('key-two', faults.forbidden());
    const answer = await scene.chat();
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '20']);
  });

  test('what a first attempt did not spend is not said to be spent', async () => {
    const scene = await stage({ settings: noRetry });
    scene.simulator.script('key-one', faults.siteOverloaded());
    const answer = await scene.chat();
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(errorOf(answer).accounts?.map(({ account, reason }) => [account, reason])).toEqual([
      ['one', 'overload'],
    ]);
  });
});

describe('a request that cannot begin', () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  const rows: readonly [string, unknown, object][] = [
    ['no messages', { model: MODEL }, { param: 'messages' }],
    ['an empty list of messages', { model: MODEL, messages: [] }, { param: 'messages' }],
    ['messages that are no list', { model: MODEL, messages: 'Hello' }, { param: 'messages' }],
    ['no model', { messages }, { param: 'model' }],
    ['a model that is no name', { model: 5, messages }, { param: 'model' }],
    [
      'a stream that is neither true nor false',
      { model: MODEL, messages, stream: 'yes' },
      { param: 'stream' },
    ],
    ['bad JSON', '{"model": "gpt-5.5", "messages": [', { param: null }],
    ['no JSON at all', 'Hello', { param: null }],
    ['an empty body', '', { param: null }],
    ['a list', '[]', { param: null }],
  ];
  test.each(rows)('%s: 400', async (_name, body, expected) => {
    const scene = await stage();
    const answer = await scene.post(typeof body === 'string' ? body : JSON.stringify(body));
    expect(answer.status, answer.text).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error', ...expected });
    expect(scene.asked()).toEqual([]);
  });

  test('an unknown model: 404 with near ones', async () => {
    const scene = await stage({ models: [MODEL, 'gpt-5.5-mini', 'zephyr'] });
    const answer = await scene.chat({ model: 'gpt-5.5-mni' });
    expect(answer.status).toBe(404);
    const error = errorOf(answer);
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'model_not_found', param: 'model' });
    expect(error.near).toContain('gpt-5.5-mini');
    expect(error.near).not.toContain('zephyr');
    expect(error.message).toContain('gpt-5.5-mini');
    expect(scene.asked()).toEqual([]);
  });

  test('no account at all: 503 with the way on', async () => {
    const scene = await stage({ accounts: [] });
    const answer = await scene.chat();
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(errorOf(answer)).toMatchObject({ type: 'service_unavailable_error', code: 'not_ready' });
    expect(errorOf(answer).message).toContain('proxy login');
  });
});

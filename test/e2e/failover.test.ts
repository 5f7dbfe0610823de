import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { MODEL, stage, standingClock, type RestSeen } from './scene.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What the first account answers with, and how long it is left alone for that (none: not at all). */
interface Row {
  readonly says: Behaviour;
  readonly rest?: RestSeen;
  readonly streams?: readonly boolean[];
}

const bare = (status: number, headers: Record<string, string>, body?: unknown): Behaviour => ({
  kind: 'status',
  status,
  headers,
  ...(body === undefined ? {} : { body }),
});
const whole = (kind: string, waitMs: number): RestSeen => ({ kind, waitMs });
const ofModel = (kind: string, waitMs: number): RestSeen => ({ kind, model: MODEL, waitMs });
const transport = whole('transport', 5 * SECOND_MS);
const onlyStream = [true];
const onlyWhole = [false];

const limits: Readonly<Record<string, Row>> = {
  'retry-after in seconds': { says: faults.rateLimited({ seconds: 30 }), rest: whole('throttle', 30_000) },
  'retry-after-ms': { says: faults.rateLimited({ milliseconds: 850 }), rest: whole('throttle', 850) },
  'retry-after-ms beside a longer retry-after': {
    says: bare(429, { 'retry-after': '120', 'retry-after-ms': '1500' }),
    rest: whole('throttle', 1500),
  },
  'a bucket that is empty, with its reset': {
    says: faults.rateLimited({ resetRequests: '6m0s' }),
    rest: ofModel('throttle', 6 * MINUTE_MS),
  },
  'the reset of a bucket that is not empty, beside an empty one': {
    says: bare(429, {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-remaining-tokens': '5000',
      'x-ratelimit-reset-tokens': '6m0s',
    }),
    rest: ofModel('throttle', 12),
  },
  'no hint': { says: faults.rateLimited(), rest: ofModel('throttle', SECOND_MS) },
  'no rate header, but x-should-retry': { says: bare(429, { 'x-should-retry': 'true' }) },
  'a plan whose window is spent': {
    says: bare(
      429,
      {},
      { error: { type: 'usage_limit_reached', message: 'Spent.', resets_in_seconds: 7200 } },
    ),
    rest: whole('window-spent', 2 * HOUR_MS),
  },
  'credits that are gone': { says: faults.outOfCredits(), rest: whole('billing', HOUR_MS) },
};

const statuses: Readonly<Record<string, Row>> = {
  '500': { says: faults.serverError(), rest: transport },
  '502': { says: faults.badGateway(), rest: transport },
  '504': { says: faults.gatewayTimeout(), rest: transport },
  '408': { says: faults.requestTimeout(), rest: transport },
  '503': { says: faults.overloaded() },
  '503 with retry-after': { says: faults.overloaded({ seconds: 20 }), rest: whole('overload', 20_000) },
  '529': { says: faults.siteOverloaded() },
  '403 in JSON': { says: faults.forbidden(), rest: whole('policy', 30 * MINUTE_MS) },
  '403 as a page': { says: faults.edgeForbidden(), rest: whole('blocked', 10 * SECOND_MS) },
  '401': { says: faults.unauthorized(), rest: whole('auth', 30 * MINUTE_MS) },
  '402': { says: faults.paymentRequired(), rest: whole('billing', HOUR_MS) },
  '404 that names the model': {
    says: faults.modelNotFound(MODEL),
    rest: ofModel('capability', 10 * MINUTE_MS),
  },
  'a redirect': { says: faults.redirect('http://127.0.0.1:9/elsewhere'), rest: transport },
  'a page in place of a 502': {
    says: bare(502, { 'content-type': 'text/html' }, '<html>Bad gateway</html>'),
    rest: transport,
  },
};

const broken: Readonly<Record<string, Row>> = {
  'a connection reset before any header': { says: faults.nothing('reset'), rest: transport },
  'a connection closed before any header': { says: faults.nothing('close'), rest: transport },
  'bytes that are not HTTP': { says: { kind: 'wire', bytes: 'SSH-2.0-none\r\n' }, rest: transport },
  'headers and then a reset': { says: faults.broken({ events: 0 }, 'reset'), rest: transport },
  'a JSON body cut in the middle': {
    says: faults.broken({ share: 0.5 }, 'close'),
    rest: transport,
    streams: onlyWhole,
  },
  'a JSON body that is not JSON': {
    says: { kind: 'raw', body: '{"choices":[{"mess', headers: { 'content-type': 'application/json' } },
    rest: transport,
  },
  'the role chunk and a reset': {
    says: faults.broken({ events: 1 }, 'reset'),
    rest: transport,
    streams: onlyStream,
  },
  'half of the first event with content, then its end': {
    says: { kind: 'raw', body: `data: {"choices":[{"index":0,"delta":{"content":"Hel` },
    rest: transport,
    streams: onlyStream,
  },
  'an event with content that its blank line never ends': {
    says: { kind: 'raw', body: `data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}` },
    rest: transport,
    streams: onlyStream,
  },
};

const inside: Readonly<Record<string, Row>> = {
  'a rate limit': {
    says: faults.streamError(0, { type: 'requests', code: 'rate_limit_exceeded' }),
    rest: ofModel('throttle', SECOND_MS),
  },
  'an overload': { says: faults.streamError(0, { code: 'server_is_overloaded' }) },
  'a server error': { says: faults.streamError(0), rest: transport },
  'a quota that is used up': {
    says: faults.streamError(0, { type: 'insufficient_quota', code: 'insufficient_quota' }),
    rest: whole('billing', HOUR_MS),
  },
  'a rate limit after the role chunk': {
    says: faults.streamError(1, { type: 'requests', code: 'rate_limit_exceeded' }),
    rest: ofModel('throttle', SECOND_MS),
  },
  'an error as a number, as OpenRouter gives it': {
    says: { kind: 'raw', body: 'data: {"error":{"code":429,"message":"Slow down."}}\n\n' },
    rest: ofModel('throttle', SECOND_MS),
    streams: onlyStream,
  },
  'a JSON error object': {
    says: faults.okWithError({ type: 'requests', code: 'rate_limit_exceeded' }),
    rest: ofModel('throttle', SECOND_MS),
  },
  'a long JSON error object': {
    says: faults.okWithError({ type: 'requests', code: 'rate_limit_exceeded', message: 'no '.repeat(3000) }),
    rest: ofModel('throttle', SECOND_MS),
  },
};

const hollow: Readonly<Record<string, Row>> = {
  'not one byte': { says: { kind: 'empty', form: 'no-event' }, rest: transport },
  'only [DONE]': { says: { kind: 'empty', form: 'only-done' }, rest: transport, streams: onlyStream },
  'only comments': { says: { kind: 'empty', form: 'only-comments' }, rest: transport, streams: onlyStream },
  'the role chunk and the end': {
    says: { kind: 'empty', form: 'only-opening' },
    rest: transport,
    streams: onlyStream,
  },
  'a role chunk with an empty finish_reason and the end': {
    says: {
      kind: 'raw',
      body: 'data: {"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":""}]}\n\n',
    },
    rest: transport,
    streams: onlyStream,
  },
  'a proper end without any content': { says: { kind: 'empty', form: 'finished' } },
};

const fillFirst = { routing: { strategy: 'fill-first', affinity: false } };
const limitsOf = (firstByteMs: number) => ({ limits: { firstByteMs } });

async function check({ says, rest }: Row, stream: boolean): Promise<void> {
  const scene = await stage({ clock: standingClock() });
  scene.simulator.script('key-one', says);
  const first = await scene.chat({ stream });
  expect(first.error).toBeUndefined();
  expect(first.status, first.text).toBe(200);
  expect(first.headers).toMatchObject({ 'x-rota-account': 'two', 'x-rota-attempts': '2' });
  expect(first.text).toContain('two');
  expect(first.text).not.toContain('error');
  expect(scene.asked()).toHaveLength(2);

  const one = await scene.account('one');
  expect(one.rests).toEqual(rest ? [rest] : []);
  expect([one.requests, one.failures]).toEqual([1, 1]);
  expect((await scene.account('two')).rests).toEqual([]);
  if (rest) {
    scene.clock.advance(rest.waitMs - 1);
    expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('two');
    scene.clock.advance(1);
  }
  const again = await scene.chat({ stream });
  expect([again.status, again.headers['x-rota-account'], again.headers['x-rota-attempts']]).toEqual([
    200,
    'one',
    '1',
  ]);
  expect(scene.simulator.leftOver()).toBe(0);
}

const table = (rows: Readonly<Record<string, Row>>) =>
  Object.entries(rows).flatMap(([name, row]) =>
    (row.streams ?? [false, true]).map((stream) => ({ name, row, form: stream ? 'stream' : 'JSON', stream })),
  );

describe('the second account answers, and the first is left alone as long as it should be', () => {
  describe.each([
    { about: 'a 429', rows: limits },
    { about: 'another status', rows: statuses },
    { about: 'a connection or a body that breaks', rows: broken },
    { about: 'an error inside a 200', rows: inside },
    { about: 'an answer with nothing in it', rows: hollow },
  ])('$about', ({ rows }) => {
    test.each(table(rows))('$name ($form)', async ({ row, stream }) => check(row, stream));
  });

  test.each([false, true])('retry-after as a date (stream: %s)', async (stream) => {
    const scene = await stage({ clock: standingClock() });
    scene.simulator.script('key-one', faults.rateLimited({ httpDate: Date.now() + 30_000 }));
    expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('two');
    const [rest] = (await scene.account('one')).rests;
    expect(rest?.kind).toBe('throttle');
    // The date has no milliseconds, and the upstream counts from its own.
    expect(Math.abs((rest?.waitMs ?? 0) - 30_000)).toBeLessThanOrEqual(2000);
  });

  test.each([false, true])('an upstream that does not answer in time (stream: %s)', async (stream) => {
    const scene = await stage({ clock: standingClock(), settings: { ...limitsOf(60_000), ...fillFirst } });
    scene.simulator.script('key-one', faults.nothing('hang'));
    const answer = scene.chat({ stream });
    const hung = await scene.call('one');
    scene.clock.advance(60_000);
    expect((await answer).headers).toMatchObject({ 'x-rota-account': 'two', 'x-rota-attempts': '2' });
    await scene.simulator.waitForCall(({ serial, aborted }) => serial === hung.serial && aborted);
    expect((await scene.account('one')).rests).toEqual([ofModel('slow', 5 * SECOND_MS)]);
  });

  test('a port that nobody listens on any more', async () => {
    const gone = await startSimulator();
    gone.account('key-one', { label: 'one', models: [MODEL] });
    const scene = await stage({ accounts: [{ label: 'one', upstream: `${gone.url}/v1` }, 'two'] });
    await scene.get('/v1/models');
    await gone.close();
    for (const stream of [false, true]) {
      const { status, headers } = await scene.chat({ stream });
      expect([status, headers['x-rota-account']]).toEqual([200, 'two']);
    }
    expect((await scene.account('one')).rests).toMatchObject([{ kind: 'transport' }]);
  });
});

import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { relayStage, spoken } from './relay-scene.ts';
import { generations, MODEL, stage, standingClock, type SceneOptions } from './scene.ts';

/** Spaced as no serialiser would, so that a body that was parsed and written again is found out. */
const oddJson = (message: string): string =>
  `{ "error" : {"message":"${message}", "type":"invalid_request_error",\n "param":null,"code" : null, "extra":[1.0, 1e3] } }\n`;

const said = (status: number, body: string | Uint8Array, contentType: string): Behaviour => ({
  kind: 'raw',
  status,
  body,
  headers: { 'content-type': contentType, 'x-vendor-note': 'kept' },
});

describe('what the request itself is to blame for is handed through once, unchanged', () => {
  const rows = [
    {
      name: '400',
      status: 400,
      body: oddJson('Unknown parameter.'),
      type: 'application/json; charset=utf-8',
    },
    { name: '413', status: 413, body: oddJson('Too large.'), type: 'application/json' },
    { name: '422', status: 422, body: '{"detail":[{"msg":"field required"}]}', type: 'application/json' },
    { name: '409', status: 409, body: 'Conflict.', type: 'text/plain' },
    {
      name: '404 that names no model',
      status: 404,
      body: oddJson('No such route.'),
      type: 'application/json',
    },
    { name: '404 as a page', status: 404, body: `<html>${MODEL} not found</html>`, type: 'text/html' },
    { name: '400 without a body', status: 400, body: '', type: 'text/plain' },
    { name: '400 that is not text', status: 400, body: Uint8Array.of(0, 255, 128, 10), type: 'image/x-odd' },
  ];
  test.each(rows.flatMap((row) => [false, true].map((stream) => ({ ...row, stream }))))(
    '$name (stream: $stream)',
    async ({ status, body, type, stream }) => {
      const scene = await stage();
      scene.simulator.script('key-one', said(status, body, type));
      const answer = await scene.chat({ stream });
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual(Buffer.from(body));
      expect(answer.headers).toMatchObject({
        'content-type': type,
        'x-vendor-note': 'kept',
        'x-rota-account': 'one',
        'x-rota-attempts': '1',
      });
      expect(scene.asked()).toEqual(['one']);
      expect((await scene.account('one')).rests).toEqual([]);
      expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('one');
    },
  );

  test.each([false, true])('a 400 told inside a 200 (stream: %s)', async (stream) => {
    const scene = await stage();
    scene.simulator.script(
      'key-one',
      faults.streamError(0, {
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        message: 'Long.',
      }),
    );
    const answer = await scene.chat({ stream });
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/json']);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { code: 'context_length_exceeded', message: 'Long.' },
    });
    expect(scene.asked()).toEqual(['one']);
  });
});

describe('quotaExceeded.switchAccount: false gives the 429 to the client', () => {
  const off = { quotaExceeded: { switchAccount: false } };
  const lab = (simulatorUrl: string, own: object) => ({
    providers: { lab: { protocols: { 'openai-chat': `${simulatorUrl}/v1` }, ...own } },
  });
  const ways: Readonly<Record<string, SceneOptions>> = {
    'for all': { settings: off },
    'for a provider': {
      accounts: [
        { label: 'one', provider: 'lab' },
        { label: 'two', provider: 'lab' },
      ],
      settings: ({ url }) => lab(url, off),
    },
    'for an account': { accounts: [{ label: 'one', switchOn429: false }, 'two'] },
  };
  const body = oddJson('Rate limit reached.');
  const limited: Behaviour = {
    kind: 'status',
    status: 429,
    headers: { 'retry-after': '17', 'content-type': 'application/json; charset=utf-8' },
    body,
  };
  test.each(
    Object.entries(ways).flatMap(([name, options]) =>
      [false, true].map((stream) => ({ name, options, stream })),
    ),
  )('$name (stream: $stream)', async ({ options, stream }) => {
    const scene = await stage(options);
    scene.simulator.script('key-one', limited);
    const answer = await scene.chat({ stream });
    expect(answer.status).toBe(429);
    expect(answer.text).toBe(body);
    expect(answer.headers).toMatchObject({
      'retry-after': '17',
      'content-type': 'application/json; charset=utf-8',
      'x-rota-account': 'one',
    });
    expect(generations(scene.simulator)).toHaveLength(1);
    expect((await scene.account('one')).rests).toMatchObject([{ kind: 'throttle' }]);
    expect((await scene.chat({ stream })).headers['x-rota-account']).toBe('two');
  });

  test('a rate limit told inside a stream that had said nothing yet is given back as a 429', async () => {
    const scene = await stage({ settings: off });
    scene.simulator.script(
      'key-one',
      faults.streamError(1, { type: 'requests', code: 'rate_limit_exceeded' }),
    );
    const answer = await scene.chat({ stream: true });
    expect([answer.status, answer.headers['content-type']]).toEqual([429, 'application/json']);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect(scene.asked()).toEqual(['one']);
  });

  const hints: readonly (readonly [string, Record<string, string>, object])[] = [
    ['no time', {}, { 'retry-after': '1', 'x-should-retry': undefined }],
    ['an hour', { 'retry-after': '3600' }, { 'retry-after': '60', 'x-should-retry': 'false' }],
    ['an hour more finely', { 'retry-after': '9', 'retry-after-ms': '3600000' }, { 'retry-after': '60' }],
    ['a date', { 'retry-after': 'Wed, 25 Nov 2026 12:00:30 GMT' }, { 'retry-after': '30' }],
    ['a part of a second', { 'retry-after-ms': '250', 'retry-after': '1' }, { 'retry-after-ms': '250' }],
  ];
  test.each(
    hints.flatMap(([name, headers, expected]) => spoken.map((of) => ({ name, headers, expected, of }))),
  )('one that names $name is told to $of.name so that its clients come back', async (row) => {
    const clock = standingClock(Date.UTC(2026, 10, 25, 12));
    const scene = await relayStage({ accounts: ['one'], settings: off, clock });
    const date = new Date(clock.now()).toUTCString();
    scene.simulator.script('key-one', {
      kind: 'status',
      status: 429,
      headers: { date, ...row.headers },
      body,
    });
    const answer = await scene.ask(row.of, { stream: true });
    expect([answer.status, answer.text]).toEqual([429, body]);
    expect({ 'x-should-retry': undefined, ...answer.headers }).toMatchObject(row.expected);
    if (answer.headers['retry-after'] === '60') expect(answer.headers).not.toHaveProperty('retry-after-ms');
  });

  test('where another account is free, asking again at once helps', async () => {
    const scene = await stage({ settings: off });
    scene.simulator.script('key-one', {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '3600' },
      body,
    });
    const answer = await scene.chat();
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '1']);
    expect(answer.headers['x-should-retry']).toBeUndefined();
  });

  test.each<[string, SceneOptions]>([
    [
      'an account outranks the setting',
      { accounts: [{ label: 'one', switchOn429: true }, 'two'], settings: off },
    ],
    [
      'a provider outranks the setting',
      {
        accounts: [
          { label: 'one', provider: 'lab' },
          { label: 'two', provider: 'lab' },
        ],
        settings: ({ url }) => ({ ...off, ...lab(url, { quotaExceeded: { switchAccount: true } }) }),
      },
    ],
    [
      'an account outranks its provider',
      {
        accounts: [
          { label: 'one', provider: 'lab', switchOn429: true },
          { label: 'two', provider: 'lab' },
        ],
        settings: ({ url }) => lab(url, off),
      },
    ],
  ])('%s', async (_name, options) => {
    const scene = await stage(options);
    scene.simulator.script('key-one', limited);
    expect((await scene.chat()).headers['x-rota-account']).toBe('two');
  });

  test('other failures still go to the next account', async () => {
    const scene = await stage({ settings: off });
    scene.simulator.script('key-one', faults.serverError());
    expect((await scene.chat()).headers['x-rota-account']).toBe('two');
  });
});

import { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { HELLO, stage } from './scene.ts';

const patient = { routing: { strategy: 'fill-first', affinity: false } };

describe("the openai SDK's view of an answer that is an error", () => {
  const rows: readonly [string, Behaviour | undefined, object, object][] = [
    [
      'a limit',
      faults.rateLimited({ seconds: 20 }),
      {},
      { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    ],
    ['a sign-in', faults.unauthorized(), {}, { status: 403, type: 'permission_error', code: 'needs_login' }],
    [
      'an overload',
      faults.overloaded({ seconds: 20 }),
      {},
      { status: 503, type: 'service_unavailable_error', code: 'server_is_overloaded' },
    ],
    [
      'a connection',
      faults.nothing('reset'),
      {},
      { status: 502, type: 'server_error', code: 'upstream_error' },
    ],
    [
      'a request at fault',
      faults.contextTooLong(),
      {},
      { status: 400, code: 'context_length_exceeded', param: 'messages' },
    ],
    [
      'an unknown model',
      undefined,
      { model: 'nobody-has-it' },
      { status: 404, code: 'model_not_found', param: 'model' },
    ],
    [
      'no messages',
      undefined,
      { messages: [] },
      { status: 400, type: 'invalid_request_error', param: 'messages' },
    ],
  ];
  test.each(
    rows.flatMap(([name, says, more, seen]) =>
      [false, true].map((stream) => ({ name, says, more, seen, stream })),
    ),
  )('$name (stream: $stream)', async ({ says, more, seen, stream }) => {
    const scene = await stage({ accounts: ['one'], settings: { ...patient, requestRetry: 0 } });
    if (says) scene.simulator.script('key-one', says);
    const failed: unknown = await scene
      .sdk()
      .chat.completions.create({ ...HELLO, ...more, stream })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failed).toBeInstanceOf(APIError);
    expect(failed).toMatchObject(seen);
  });

  test('and it stops at once where waiting a minute cannot help', async () => {
    const scene = await stage({ accounts: ['one'] });
    scene.simulator.script('key-one', faults.paymentRequired());
    const sdk = scene.sdk().withOptions({ maxRetries: 2 });
    await expect(sdk.chat.completions.create(HELLO)).rejects.toMatchObject({ status: 429 });
    expect(scene.rota.logLines.filter((line) => line.includes('not answered'))).toHaveLength(1);
  });
});

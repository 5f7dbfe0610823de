import { gunzipSync } from 'node:zlib';
import { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import type { Behaviour } from './behaviour.ts';
import * as faults from './faults.ts';
import { start, sdk, HELLO, ask, streaming, events, chunksOf } from './test-client.ts';

describe('what is on the wire', () => {
  test('framing, terminator and headers of a stream', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.answer({ lineEnd: '\r\n', comment: 'wait', bom: true }));
    const seen = await ask(simulator, streaming());
    expect(seen.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-request-id': 'req_sim_1',
    });
    expect(seen.text.startsWith('\uFEFF: wait\r\n\r\ndata: {')).toBe(true);
    expect(seen.text.endsWith(': wait\r\n\r\ndata: [DONE]\r\n\r\n')).toBe(true);
    expect(seen.text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/u);
  });

  test('byte cuts arrive as separate pieces', async () => {
    const simulator = await start();
    const body = 'data: 1\r\n\r\ndata: 2\r\n\r\n';
    simulator.script(
      'sk-a',
      { kind: 'raw', body, cutAt: 'every-byte' },
      { kind: 'raw', body, cutAt: [8, 9] },
    );
    expect((await ask(simulator)).pieces).toHaveLength(body.length);
    const seen = await ask(simulator);
    expect(seen.pieces.map(String)).toEqual(['data: 1\r', '\n', '\r\ndata: 2\r\n\r\n']);
  });

  test('raw bodies keep every byte, status and header', async () => {
    const simulator = await start();
    const body = Uint8Array.from([0, 255, 128, 10]);
    simulator.script('sk-a', {
      kind: 'raw',
      status: 203,
      body,
      headers: { 'content-type': 'application/x-odd' },
    });
    const seen = await ask(simulator);
    expect([seen.status, seen.headers['content-type']]).toEqual([203, 'application/x-odd']);
    expect(Buffer.concat(seen.pieces)).toEqual(Buffer.from(body));
  });

  test('gzip although nobody asked', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.answer({ gzip: true }));
    const seen = await ask(simulator, { headers: { 'accept-encoding': 'identity' } });
    expect(seen.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.concat(seen.pieces)).toString()).toContain('hello from work');
  });
});

describe('faults', () => {
  const shape: [string, Behaviour, number, object][] = [
    ['401', faults.unauthorized(), 401, { type: 'invalid_request_error', code: 'invalid_api_key' }],
    ['402', faults.paymentRequired(), 402, { code: 'insufficient_quota' }],
    ['403', faults.forbidden(), 403, { type: 'permission_error', code: null }],
    ['404', faults.modelNotFound('gpt-x'), 404, { code: 'model_not_found' }],
    ['408', faults.requestTimeout(), 408, { code: 'timeout' }],
    ['400 too long', faults.contextTooLong(), 400, { code: 'context_length_exceeded', param: 'messages' }],
    ['429', faults.rateLimited(), 429, { type: 'requests', code: 'rate_limit_exceeded' }],
    ['429 for good', faults.outOfCredits(), 429, { type: 'insufficient_quota', code: 'insufficient_quota' }],
    ['500', faults.serverError(), 500, { type: 'server_error', code: null }],
    ['502', faults.badGateway(), 502, { type: 'server_error' }],
    ['503', faults.overloaded(), 503, { code: 'server_is_overloaded' }],
    ['504', faults.gatewayTimeout(), 504, { code: 'timeout' }],
    ['529', faults.siteOverloaded(), 529, { code: 'server_is_overloaded' }],
    [
      '200 with an error',
      faults.okWithError({ code: 'server_is_overloaded' }),
      200,
      { type: 'server_error' },
    ],
  ];
  test.each(shape)('%s', async (_name, fault, status, error) => {
    const simulator = await start();
    simulator.script('sk-a', fault);
    const seen = await ask(simulator, streaming());
    expect(seen.status).toBe(status);
    expect(JSON.parse(seen.text)).toMatchObject({ error });
    expect((await ask(simulator)).status).toBe(200);
    expect(simulator.calls.map((call) => call.answered)).toEqual(['status', 'usual']);
  });

  test('the forms of a wait', async () => {
    const simulator = await start();
    const date = Date.UTC(2026, 10, 20, 10, 0, 30);
    simulator.script(
      'sk-a',
      faults.rateLimited({ seconds: 20 }),
      faults.rateLimited({ milliseconds: 850 }),
      faults.rateLimited({ httpDate: date }),
      faults.rateLimited({ resetRequests: '6m0s' }),
    );
    expect((await ask(simulator)).headers['retry-after']).toBe('20');
    expect((await ask(simulator)).headers['retry-after-ms']).toBe('850');
    expect((await ask(simulator)).headers['retry-after']).toBe('Fri, 20 Nov 2026 10:00:30 GMT');
    expect((await ask(simulator)).headers['x-ratelimit-reset-requests']).toBe('6m0s');
  });

  test('an edge page, a redirect, a wrong content type', async () => {
    const simulator = await start();
    simulator.script(
      'sk-a',
      faults.edgeForbidden(),
      faults.redirect('http://127.0.0.1:1/elsewhere'),
      faults.wrongContentType('text/html'),
    );
    const edge = await ask(simulator);
    expect([edge.status, edge.headers['content-type']]).toEqual([403, 'text/html; charset=UTF-8']);
    const moved = await ask(simulator);
    expect([moved.status, moved.headers.location]).toEqual([302, 'http://127.0.0.1:1/elsewhere']);
    const odd = await ask(simulator, streaming());
    expect([odd.status, odd.headers['content-type']]).toEqual([200, 'text/html']);
    expect(events(odd.text).at(-1)).toBe('[DONE]');
  });

  test('no answer at all: reset, closed, hanging', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.nothing('reset'), faults.nothing('close'), faults.nothing('reset', 5));
    for (const _ of [1, 2, 3]) {
      expect(await ask(simulator)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    }
    simulator.always('sk-a', faults.nothing('hang'));
    const client = new AbortController();
    const hanging = fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-a', 'content-type': 'application/json' },
      body: JSON.stringify(HELLO),
      signal: client.signal,
    });
    const call = await simulator.waitForCall((seen) => seen.serial === 4);
    expect(call).toMatchObject({ answered: 'nothing', aborted: false, finished: false });
    client.abort();
    await expect(hanging).rejects.toThrow('aborted');
    await simulator.waitForCall((seen) => seen.serial === 4 && seen.aborted);
    expect(simulator.calls.slice(0, 3).map((seen) => [seen.aborted, seen.finished])).toEqual([
      [false, true],
      [false, true],
      [false, true],
    ]);
    expect(simulator.unexpected).toEqual([]);
  });

  test.each(['reset', 'close'] as const)('a stream cut by %s after so many events', async (how) => {
    const simulator = await start();
    simulator.script(
      'sk-a',
      faults.broken({ events: 2 }, how),
      faults.broken({ bytes: 100 }, how, { delayMs: 0 }),
      faults.broken({ events: 0 }, how),
    );
    const cut = await ask(simulator, streaming());
    expect(cut).toMatchObject({ status: 200, error: 'ECONNRESET' });
    expect(events(cut.text)).toHaveLength(2);
    const short = await ask(simulator, streaming());
    expect([Buffer.concat(short.pieces).length, short.error]).toEqual([100, 'ECONNRESET']);
    const bare = await ask(simulator, streaming());
    expect(bare).toMatchObject({ status: 200, text: '', error: 'ECONNRESET' });
  });

  test('a JSON body cut short of its length, and one that promises too much', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.broken({ share: 0.5 }, 'close'), { kind: 'overlong', extraBytes: 10 });
    const half = await ask(simulator);
    expect(half.error).toBe('ECONNRESET');
    expect(half.text.length).toBe(Math.floor(Number(half.headers['content-length']) / 2));
    const whole = await ask(simulator);
    expect(whole.error).toBe('ECONNRESET');
    expect(Number(whole.headers['content-length'])).toBe(whole.text.length + 10);
    expect(JSON.parse(whole.text)).toMatchObject({ object: 'chat.completion' });
  });

  test('a stream that stops in the middle is seen to be aborted by who gives up', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.broken({ events: 3 }, 'hang'));
    const client = new AbortController();
    const stream = await sdk(simulator).chat.completions.create(
      { ...HELLO, stream: true },
      { signal: client.signal },
    );
    let count = 0;
    for await (const _ of stream) {
      count += 1;
      if (count === 3) client.abort();
    }
    expect(count).toBe(3);
    const call = await simulator.waitForCall((seen) => seen.aborted);
    expect(call).toMatchObject({ finished: false, status: 200, label: 'work' });
    expect(call.abortedAt).toBeGreaterThanOrEqual(call.at);
  });

  test.each([0, 2])('an error event after %i events', async (afterEvents) => {
    const simulator = await start();
    const complaint = { message: 'Overloaded.', code: 'server_is_overloaded' };
    simulator.script('sk-a', faults.streamError(afterEvents, complaint), faults.streamError(afterEvents));
    const seen = await ask(simulator, streaming());
    expect(seen.error).toBeUndefined();
    expect(events(seen.text)).toHaveLength(afterEvents + 1);
    expect(JSON.parse(events(seen.text).at(-1) ?? '')).toEqual({
      error: { ...complaint, type: 'server_error', param: null },
    });
    await expect(chunksOf(simulator)).rejects.toThrow(APIError);
  });

  test('the ways of being empty', async () => {
    const simulator = await start();
    const forms = ['no-event', 'only-done', 'only-opening', 'only-comments', 'finished'] as const;
    simulator.script('sk-a', ...forms.map((form): Behaviour => ({ kind: 'empty', form })));
    expect(await ask(simulator, streaming())).toMatchObject({ status: 200, text: '', error: undefined });
    expect((await ask(simulator, streaming())).text).toBe('data: [DONE]\n\n');
    const opening = events((await ask(simulator, streaming())).text).map((data): unknown => JSON.parse(data));
    expect(opening).toMatchObject([{ choices: [{ delta: { role: 'assistant', content: '' } }] }]);
    expect((await ask(simulator, streaming())).text).toMatch(/^(?:: keep-alive\n\n)+$/u);
    const finished = events((await ask(simulator, streaming())).text);
    expect(finished).toHaveLength(3);
    expect(JSON.parse(finished[1] ?? '')).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] });

    simulator.script('sk-a', { kind: 'empty', form: 'no-event' }, { kind: 'empty', form: 'finished' });
    expect(await ask(simulator)).toMatchObject({ status: 200, text: '' });
    expect(JSON.parse((await ask(simulator)).text)).toMatchObject({
      choices: [{ message: { content: '' }, finish_reason: 'stop' }],
      usage: { completion_tokens: 0 },
    });
  });

  test('streams without a terminator, and without a finish', async () => {
    const simulator = await start();
    simulator.script('sk-a', faults.answer({ without: 'done' }), faults.answer({ without: 'finish' }));
    const noDone = events((await ask(simulator, streaming())).text);
    expect(noDone.at(-1)).toContain('"finish_reason":"stop"');
    const noFinish = events((await ask(simulator, streaming())).text);
    expect(noFinish.at(-1)).toContain(' work');
    expect(noFinish.join('')).not.toContain('"stop"');
  });

  test('a drip, late headers, and JSON in place of a stream', async () => {
    const simulator = await start();
    simulator.script(
      'sk-a',
      faults.drip(64, 1, { as: 'stream' }),
      faults.answer({ headersAfterMs: 30, as: 'json' }),
    );
    const dripped = await ask(simulator);
    expect(dripped.pieces.slice(0, -1).every((piece) => piece.length === 64)).toBe(true);
    expect(events(dripped.text).at(-1)).toBe('[DONE]');
    const before = performance.now();
    const late = await ask(simulator, streaming());
    expect(performance.now() - before).toBeGreaterThan(25);
    expect(late.headers['content-type']).toBe('application/json');
  });

  test('bytes that are not HTTP', async () => {
    const simulator = await start();
    simulator.script('sk-a', { kind: 'wire', bytes: 'SSH-2.0-simulated\r\n' });
    expect((await ask(simulator)).error).toMatch(/^HPE_/u);
  });
});

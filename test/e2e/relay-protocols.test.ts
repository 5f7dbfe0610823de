import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { answerFixtures, bytesOf } from './fixtures.ts';
import { dataOf, relayStage, spoken } from './relay-scene.ts';
import { generations, standingClock } from './scene.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const sentence = { text: 'one two three four five six' };
const noRetry = { routing: { strategy: 'fill-first', affinity: false }, requestRetry: 0 };

/** Recorded answers of which another account is asked once more, or of which the client must not see all. */
const retold = new Set(['17-responses-failed-before-output-stream', '23-gemini-malformed-call-stream']);

describe.each(spoken)('$name', (protocol) => {
  const recorded = answerFixtures(protocol.short).filter(({ id }) => !retold.has(id));
  const modelOf = (path: string, body: object): string =>
    'model' in body ? String(body.model) : (/models\/(.+):/u.exec(path)?.[1] ?? '');

  test.each(recorded)(
    '$id goes through byte for byte, up and down',
    async ({ requests, transcripts, stream }) => {
      const { path, body } = requests[protocol.short] ?? { path: '', body: {} };
      const transcript = transcripts[protocol.short] ?? { status: 0 };
      const scene = await relayStage({ models: [modelOf(path, body)] });
      const question = JSON.stringify(body, undefined, 1);
      const answer = bytesOf(transcript);
      const type = transcript.sse ? 'text/event-stream; charset=utf-8' : 'application/json';
      scene.simulator.script(
        'key-one',
        { kind: 'raw', body: answer, headers: { 'content-type': type } },
        { kind: 'raw', body: answer, headers: { 'content-type': type }, pieceBytes: 7 },
      );
      for (const _ of ['in one piece', 'in many']) {
        const seen = await scene.ask(protocol, { path, body: question, stream });
        expect([seen.status, seen.error, seen.headers['content-type']]).toEqual([200, undefined, type]);
        expect(sha256(seen.body)).toBe(sha256(answer));
        expect(generations(scene.simulator).at(-1)).toMatchObject({ path, body: question, label: 'one' });
      }
    },
  );

  const passing = {
    'a limit': faults.rateLimited({ seconds: 20 }),
    'an overload': faults.siteOverloaded(),
    'a 500': faults.serverError(),
    'a 503': faults.overloaded(),
    'a reset': faults.nothing('reset'),
    'a refused key': faults.unauthorized(),
    'an error event in the place of an answer': faults.streamError(0),
    'an error event after the opening': faults.streamError(1),
    'a cut before content': faults.broken({ events: 1 }, 'reset'),
    'no event at all': { kind: 'empty', form: 'no-event' } as const,
  };
  test.each(
    Object.entries(passing).flatMap(([name, says]) =>
      [true, false].map((stream) => ({ name, says, stream })),
    ),
  )('$name of the first account is answered by the second (stream: $stream)', async ({ says, stream }) => {
    const scene = await relayStage();
    scene.simulator.script('key-one', says);
    const answer = await scene.ask(protocol, { stream });
    expect([answer.status, answer.error], answer.text).toEqual([200, undefined]);
    expect(answer.text).toContain(stream ? ' two' : 'hello from two');
    expect(answer.headers).toMatchObject({ 'x-rota-account': 'two', 'x-rota-attempts': '2' });
    if (stream) expect(dataOf(answer.text).filter(protocol.isEnd)).toHaveLength(1);
  });

  test('an answer with nothing in it is asked for once more', async () => {
    for (const stream of [true, false]) {
      const scene = await relayStage();
      scene.simulator.script('key-one', { kind: 'empty', form: 'finished' });
      expect((await scene.ask(protocol, { stream })).text).toContain('two');
      expect(scene.asked()).toEqual(['one', 'two']);
    }
  });

  const breaks = {
    'a reset': faults.broken({ events: protocol.contentEvents }, 'reset', sentence),
    'a close in the middle of an event': faults.broken({ share: 0.7 }, 'close', sentence),
    'an end without its end': faults.answer({ ...sentence, without: 'finish' }),
  };
  test.each(Object.entries(breaks))('%s after content becomes one error event', async (_name, says) => {
    const scene = await relayStage();
    scene.simulator.script('key-one', says);
    const answer = await scene.ask(protocol, { stream: true });
    expect([answer.status, answer.error]).toEqual([200, undefined]);
    const data = dataOf(answer.text);
    expect(answer.text).toContain('one');
    expect(data.some(protocol.isEnd)).toBe(false);
    expect(protocol.readError(data.at(-1) ?? '')).toMatchObject({
      message: expect.stringContaining('broke off') as string,
    });
    expect(scene.asked()).toEqual(['one']);
    expect((await scene.account('one')).failures).toBe(1);
  });

  test('wherever a recorded stream stops, whole events go before the error', async () => {
    const fixture = recorded.find(({ stream }) => stream);
    const transcript = fixture?.transcripts[protocol.short] ?? { status: 0 };
    const body = bytesOf(transcript);
    const scene = await relayStage({ accounts: ['one'] });
    const ends = [...body.toString('latin1').matchAll(/\n\n/gu)].map(({ index }) => index + 2);
    const isEnd = (event: Buffer) =>
      dataOf(event.toString()).some((data) => protocol.isEnd(data) || /"finish_reason":"/u.test(data));
    // From behind the first event that has content to the last byte before an end is whole.
    const last = ends.findIndex((end, index) => isEnd(body.subarray(ends[index - 1] ?? 0, end)));
    const [from = 0, to = 0] = [ends[Math.min(protocol.contentEvents, last) - 1], ends[last]];
    for (let cut = from; cut < to - 3; cut += Math.max(1, Math.floor((to - from) / 25))) {
      scene.simulator.script('key-one', { kind: 'raw', body: body.subarray(0, cut) });
      const answer = await scene.ask(protocol, { stream: true });
      const whole = ends.findLast((end) => end <= cut) ?? 0;
      expect(answer.body.subarray(0, whole)).toEqual(body.subarray(0, whole));
      const [error = '', ...others] = dataOf(answer.body.subarray(whole).toString());
      expect(protocol.readError(error).message).toContain('broke off');
      expect(others).toEqual([]);
    }
  });

  test('an error event after content is handed on as it is, and kept in mind', async () => {
    const scene = await relayStage({ clock: standingClock() });
    const complaint = { message: 'Slow down.', type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    const said = protocol.short === 'gemini' ? { message: complaint.message } : complaint;
    scene.simulator.script('key-one', {
      kind: 'stream-error',
      afterEvents: protocol.contentEvents,
      status: 429,
      complaint: said,
      answer: sentence,
    });
    const answer = await scene.ask(protocol, { stream: true });
    expect(answer.text.match(/Slow down\./gu)).toHaveLength(1);
    expect(answer.text).not.toContain('broke off');
    expect((await scene.account('one')).rests).toMatchObject([{ kind: 'throttle' }]);
    expect((await scene.ask(protocol)).headers['x-rota-account']).toBe('two');
  });

  test('a client that hangs up ends the upstream call, without penalty', async () => {
    const scene = await relayStage();
    scene.simulator.script('key-one', faults.broken({ events: protocol.contentEvents }, 'hang', sentence));
    const answer = await scene.watch(protocol);
    await answer.bytes(100);
    answer.hangUp();
    await scene.call('one', ({ aborted }) => aborted);
    const one = await scene.account('one');
    expect([one.rests, one.failures]).toEqual([[], 0]);
  });

  test.each([true, false])(
    'when every account is spent it is told in the protocol (stream: %s)',
    async (stream) => {
      const scene = await relayStage({ clock: standingClock() });
      scene.simulator.always('*', faults.rateLimited({ seconds: 20 }));
      const answer = await scene.ask(protocol, { stream });
      expect([answer.status, answer.headers['retry-after']]).toEqual([429, '20']);
      expect(protocol.readError(answer.text)).toMatchObject({
        type: protocol.errorType.quota,
        message: expect.stringContaining('one (lab)') as string,
      });
    },
  );

  test('so is an overload, with the status that the protocol has for it', async () => {
    const scene = await relayStage({ settings: noRetry, accounts: ['one'] });
    scene.simulator.always('*', faults.siteOverloaded());
    const answer = await scene.ask(protocol);
    expect(answer.status).toBe(protocol.overload);
    expect(protocol.readError(answer.text).type).toBe(protocol.errorType.overload);
  });

  test("an upstream's refusal of the request is handed through as it is", async () => {
    const scene = await relayStage();
    scene.simulator.script(
      'key-one',
      faults.status(400, { message: 'prompt is too long: 9 tokens > 8 maximum' }),
    );
    const answer = await scene.ask(protocol);
    expect(answer.status).toBe(400);
    expect(protocol.readError(answer.text).message).toBe('prompt is too long: 9 tokens > 8 maximum');
    expect(scene.asked()).toEqual(['one']);
  });

  test('an alias changes the name of the model and nothing else', async () => {
    const scene = await relayStage({ settings: { models: { aliases: { quick: protocol.model } } } });
    const body = JSON.stringify(protocol.body(false)).replaceAll(protocol.model, 'quick');
    const path = protocol.path(false).replace(protocol.model, 'quick');
    expect((await scene.ask(protocol, { body, path })).status).toBe(200);
    expect(generations(scene.simulator)[0]).toMatchObject({
      body: JSON.stringify(protocol.body(false)),
      path: protocol.path(false),
    });
  });

  test('the errors of the door are told in the protocol', async () => {
    const scene = await relayStage({ settings: { limits: { maxBodyBytes: 2000 } } });
    const rows = [
      ['wrongKey', 401, { key: protocol.headers('rota_wrong') }],
      ['wrongKey', 401, { key: {} }],
      [
        'notFound',
        404,
        {
          body: JSON.stringify(protocol.body(false)).replaceAll(protocol.model, 'nobody-has-it'),
          path: protocol.path(false).replace(protocol.model, 'nobody-has-it'),
        },
      ],
      ['invalid', 400, { body: '{' }],
      ['invalid', 400, { body: '[]' }],
      [undefined, 405, { method: 'PUT' }],
      [undefined, 413, { body: JSON.stringify({ ...protocol.body(false), pad: 'x'.repeat(3000) }) }],
      [undefined, 415, { headers: { 'content-type': 'text/plain' } }],
      ['forbidden', 403, { headers: { origin: 'https://evil.example' } }],
    ] as const;
    const shape = Object.keys(JSON.parse((await scene.ask(protocol, { body: '{' })).text) as object);
    for (const [kind, status, more] of rows) {
      const answer = await scene.ask(protocol, more);
      expect([kind, answer.status], answer.text).toEqual([kind, status]);
      const error = protocol.readError(answer.text);
      expect(error.message, answer.text).toEqual(expect.any(String));
      if (kind !== undefined && kind !== 'forbidden') expect(error.type).toBe(protocol.errorType[kind]);
      expect(Object.keys(JSON.parse(answer.text) as object)).toEqual(shape);
      expect(answer.text).not.toContain(scene.rota.key);
    }
    expect(scene.asked()).toEqual([]);
  });
});

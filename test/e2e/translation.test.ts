import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { normaliseAnswer } from '../translation/normalise.ts';
import type { Received } from './client.ts';
import { answerFixtures, bytesOf, type Transcript } from './fixtures.ts';
import { chat, dataOf, messages, relayStage, spoken, type Spoken } from './relay-scene.ts';
import { generations, standingClock } from './scene.ts';

const others = (of: Spoken) => spoken.filter((one) => one !== of);
const pairs = spoken.flatMap((upstream) => others(upstream).map((client) => ({ upstream, client })));

/** Recorded answers that rotation takes for failures: the client gets another account's, or a verdict. */
const retold = new Set(['17-responses-failed-before-output-stream', '23-gemini-malformed-call-stream']);
/** Its calls have no ids: any will do that are legal and distinct. */
const withoutIds = new Set(['20-gemini-parallel-tools-stream']);

function modelOf(path: string, body: object): string {
  return 'model' in body ? String(body.model) : (/models\/(.+):/u.exec(path)?.[1] ?? '');
}

/** An answer as the fixtures write one. */
function transcriptOf({ status = 0, headers, text }: Received): Transcript {
  const type = String(headers['content-type']);
  if (!type.startsWith('text/event-stream')) return { status, json: JSON.parse(text) as unknown };
  const sse = text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const event = /^event: (.*)$/mu.exec(frame)?.[1];
      const data = /^data: (.*)$/mu.exec(frame)?.[1] ?? '';
      const parsed: unknown = data === '[DONE]' ? data : JSON.parse(data);
      return { ...(event === undefined ? {} : { event }), data: parsed };
    });
  return { status, sse };
}

function comparable(id: string, client: string, transcript: Transcript): unknown {
  const text = JSON.stringify(normaliseAnswer(client, transcript));
  if (!withoutIds.has(id)) return JSON.parse(text) as unknown;
  const ids = [...new Set(text.match(/"(?:call|toolu)_[A-Za-z0-9]+"/gu))];
  return JSON.parse(ids.reduce((now, one, nth) => now.replaceAll(one, `"#${nth}"`), text)) as unknown;
}

describe.each(pairs)('a client of $client.name over $upstream.name', ({ client, upstream }) => {
  const recorded = answerFixtures(upstream.short).filter(
    ({ id, requests }) => !retold.has(id) && requests[client.short],
  );

  test.each(recorded)('$id', async ({ id, requests, transcripts }) => {
    const { path, body } = requests[client.short] ?? { path: '', body: {} };
    const answer = transcripts[upstream.short] ?? { status: 0 };
    const expected = transcripts[client.short] ?? { status: 0 };
    const scene = await relayStage({ only: [upstream.name], models: [modelOf(path, body)] });
    const type = answer.sse ? 'text/event-stream; charset=utf-8' : 'application/json';
    scene.simulator.script(
      'key-one',
      { kind: 'raw', body: bytesOf(answer), headers: { 'content-type': type } },
      { kind: 'raw', body: bytesOf(answer), headers: { 'content-type': type }, pieceBytes: 11 },
    );
    for (const _ of ['in one piece', 'in many']) {
      const seen = await scene.ask(client, { path, body: JSON.stringify(body) });
      expect(seen.error, seen.text).toBeUndefined();
      expect(comparable(id, client.short, transcriptOf(seen))).toEqual(
        comparable(id, client.short, expected),
      );
    }
  });

  test.each([true, false])(
    'text comes over (stream: %s), and the upstream was asked as it wants to be',
    async (stream) => {
      const scene = await relayStage({ only: [upstream.name] });
      const seen = await scene.ask(client, { stream });
      expect([seen.status, seen.error], seen.text).toEqual([200, undefined]);
      expect(seen.text).toContain(stream ? ' one' : 'hello from one');
      expect(seen.headers['x-rota-account']).toBe('one');
      if (stream) expect(dataOf(seen.text).filter(client.isEnd)).toHaveLength(1);
      expect(generations(scene.simulator)).toHaveLength(1);
    },
  );

  test('a limit of the first account is answered by the second', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    const seen = await scene.ask(client, { stream: true });
    expect(seen.headers).toMatchObject({ 'x-rota-account': 'two', 'x-rota-attempts': '2' });
  });

  test('when nobody is left the client is told in its own protocol', async () => {
    const scene = await relayStage({ only: [upstream.name], clock: standingClock() });
    for (const key of ['key-one', 'key-two'])
      scene.simulator.script(key, faults.rateLimited({ seconds: 20 }));
    const seen = await scene.ask(client, { stream: true });
    expect([seen.status, seen.headers['retry-after']]).toEqual([429, '20']);
    expect(client.readError(seen.text).type).toBe(client.errorType.quota);
  });

  test('what the upstream finds wrong with the request is told in the client’s protocol', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    scene.simulator.script('key-one', faults.contextTooLong());
    const seen = await scene.ask(client, {});
    expect(seen.status).toBe(400);
    expect(client.readError(seen.text)).toMatchObject({
      message: expect.stringContaining('maximum context length') as string,
    });
    expect(scene.asked()).toEqual(['one']);
  });

  test('a stream that breaks after content ends in one error of the client’s protocol', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    const says = faults.broken({ events: upstream.contentEvents }, 'reset', {
      text: 'one two three four five six',
    });
    scene.simulator.script('key-one', says);
    const seen = await scene.ask(client, { stream: true });
    expect([seen.status, seen.error]).toEqual([200, undefined]);
    const data = dataOf(seen.text);
    expect(seen.text).toContain('one');
    expect(data.some(client.isEnd)).toBe(false);
    expect(client.readError(data.at(-1) ?? '')).toMatchObject({
      message: expect.stringContaining('broke off') as string,
    });
  });

  test('a client that hangs up ends the upstream’s call', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    const says = faults.broken({ events: upstream.contentEvents }, 'hang', {
      text: 'one two three four five six',
    });
    scene.simulator.script('key-one', says);
    const opened = await scene.watch(client);
    await opened.bytes(20);
    opened.hangUp();
    await scene.call('one', ({ aborted }) => aborted);
    const { rests, failures } = await scene.account('one');
    expect([rests, failures]).toEqual([[], 0]);
  });
});

describe('an upstream that answers in another form than it was asked for', () => {
  const eventStream = { 'content-type': 'text/event-stream' };
  const chunks = [
    { id: 'x', choices: [{ index: 0, delta: { content: 'hello ' } }] },
    { id: 'x', choices: [{ index: 0, delta: { content: 'you' } }] },
    { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 7 } },
  ].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  const stream = (text: string) =>
    ({ kind: 'raw', body: text, headers: eventStream, pieceBytes: 9 }) as const;

  test('a stream is collected for a client that wants none', async () => {
    const scene = await relayStage({ only: ['openai-chat'] });
    scene.simulator.script('key-one', stream(chunks.join('')));
    const seen = await scene.ask(messages, {});
    expect([seen.status, seen.headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(seen.text)).toMatchObject({
      content: [{ type: 'text', text: 'hello you' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 7 },
    });
  });

  test.each([
    ['is cut', chunks.slice(0, 2).join('')],
    ['ends in an error', `${chunks[0]}data: {"error":{"message":"no","code":"server_is_overloaded"}}\n\n`],
  ])('one that %s is answered by the next account', async (_name, text) => {
    const scene = await relayStage({ only: ['openai-chat'] });
    scene.simulator.script('key-one', stream(text));
    const seen = await scene.ask(messages, {});
    expect([seen.status, seen.headers['x-rota-account']]).toEqual([200, 'two']);
  });

  test('a whole answer is told as a stream to a client that wants one', async () => {
    const scene = await relayStage({ only: ['openai-chat'] });
    const message = { role: 'assistant', content: 'hello you' };
    const body = JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] });
    scene.simulator.script('key-one', {
      kind: 'raw',
      body,
      headers: { 'content-type': 'application/json' },
    });
    const seen = await scene.ask(messages, { stream: true });
    expect(seen.headers['content-type']).toMatch(/^text\/event-stream/u);
    expect(seen.text).toContain('hello you');
    expect(dataOf(seen.text).filter(messages.isEnd)).toHaveLength(1);
  });
});

describe('what cannot be carried', () => {
  test('is told in a header where it is a hint', async () => {
    const asked = await relayStage({ only: ['anthropic-messages'] });
    const body = JSON.stringify({ ...chat.body(false), seed: 7 });
    const seen = await asked.ask(chat, { body });
    expect([seen.status, seen.headers['x-rota-dropped']]).toEqual([200, 'seed']);
  });

  test('is a 400 that names it where the request would mean something else without it', async () => {
    const asked = await relayStage({ only: ['anthropic-messages'] });
    const body = JSON.stringify({ ...chat.body(false), n: 3 });
    const seen = await asked.ask(chat, { body });
    expect(seen.status).toBe(400);
    expect(chat.readError(seen.text)).toMatchObject({ message: expect.stringContaining("'n'") as string });
    expect(asked.asked()).toEqual([]);
  });
});

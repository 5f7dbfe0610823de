import { describe, expect, test, type TestContext } from 'vitest';
import { foldAnswer } from '../../src/chat/answer.ts';
import * as faults from '../simulator/faults.ts';
import { decodeChunks } from '../translation/translate.ts';
import { translatorOf } from '../translation/translators.ts';
import { chat, relayStage, responses, spoken, type Spoken } from './relay-scene.ts';

/** Far below the time that an answer may be silent. */
const SOON_MS = 60_000;
/** Longer than an upstream is waited for where only asides may follow. */
const BEHIND_ASIDES_MS = 17_000;
const whole = { share: 1 };
const text = 'one two three';
const settings = {
  routing: { strategy: 'fill-first', affinity: false, maxConcurrent: 1, maxQueued: 0 },
  requestRetry: 0,
};

/** Scenes of tests that wait beside each other: each is closed with its own. */
function sceneOf({ onTestFinished }: TestContext, { name }: Spoken) {
  return relayStage({ only: [name], accounts: ['one'], settings, whenOver: onTestFinished });
}

async function within<T>(work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work;
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  return result;
}

/** Each piece in a write of its own. */
function inPieces(pieces: readonly string[]): { readonly body: string; readonly cutAt: readonly number[] } {
  let size = 0;
  return { body: pieces.join(''), cutAt: pieces.slice(0, -1).map((piece) => (size += piece.length)) };
}

const chunk = (more: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: chat.model, ...more })}\n\n`;
const choice = (delta: object, finish: string | null): string =>
  chunk({ choices: [{ index: 0, delta, finish_reason: finish }] });
const completed = {
  type: 'response.completed',
  response: { id: 'r', object: 'response', status: 'completed', output: [] },
};
const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'a' };

test.concurrent.for([
  {
    name: 'another choice, behind the end of the first',
    of: chat,
    delayMs: BEHIND_ASIDES_MS,
    pieces: [
      choice({ content: 'a' }, 'stop') + chunk({ choices: [{ index: 1, delta: { content: 'b' } }] }),
      `${chunk({ choices: [{ index: 1, delta: { content: 'c' }, finish_reason: 'stop' }] })}data: [DONE]\n\n`,
    ],
  },
  {
    name: 'usage and the mark of the end, behind the reason for it',
    of: chat,
    delayMs: 1500,
    pieces: [
      choice({ role: 'assistant', content: 'a' }, null),
      choice({}, 'stop'),
      chunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
      'data: [DONE]\n\n',
    ],
  },
  {
    name: 'the mark of another protocol, behind the last event',
    of: responses,
    delayMs: 100,
    pieces: [
      `data: ${JSON.stringify(delta)}\n\n`,
      `data: ${JSON.stringify(completed)}\n\n`,
      'data: [DONE]\n\n',
    ],
  },
])('what comes late is handed on: $name', async ({ of, pieces, delayMs }, context) => {
  const scene = await sceneOf(context, of);
  const headers = { 'content-type': 'text/event-stream' };
  const raw = { ...inPieces(pieces), headers, delayMs };
  scene.simulator.script('key-one', { kind: 'raw', ...raw });
  const seen = await scene.ask(of, { stream: true });
  expect([seen.status, seen.text]).toEqual([200, raw.body]);
});

/** What takes longest comes first, here and above: only so many tests wait at a time. */
const longestFirst = spoken.toReversed();

describe.concurrent.each(longestFirst)(
  'an upstream of $name that stays open behind its last event',
  (upstream) => {
    test('holds neither the answer nor the place of its account', async (context) => {
      const ask = async (client: Spoken): Promise<void> => {
        const scene = await sceneOf(context, upstream);
        scene.simulator.script('key-one', faults.broken(whole, 'hang', { text }));
        const seen = await within(scene.ask(client, { stream: true }));
        expect([seen.status, seen.error]).toEqual([200, undefined]);
        const { parts, finish, failure } = foldAnswer(decodeChunks(translatorOf(client.short), [seen.body]));
        expect([parts, finish?.reason, failure]).toMatchObject([[{ text }], 'end', undefined]);
        await scene.call('one', ({ aborted }) => aborted);
        expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 0, rests: [] });
        expect((await scene.ask(client, { stream: true })).status).toBe(200);
      };
      await Promise.all(spoken.map(ask));
    });

    test('nor where a whole answer was asked for', async (context) => {
      const scene = await sceneOf(context, upstream);
      scene.simulator.script('key-one', faults.broken(whole, 'hang', { text, as: 'stream' }));
      const seen = await within(scene.ask(upstream, { stream: false }));
      expect([seen.status, seen.headers['content-type']]).toEqual([200, 'application/json']);
      await scene.call('one', ({ aborted }) => aborted);
      expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 0, rests: [] });
    });
  },
);

test.concurrent(
  'an end with nothing before it, behind which nothing is closed, is answered by the next account',
  async ({ onTestFinished }) => {
    const scene = await relayStage({ only: [chat.name], whenOver: onTestFinished });
    scene.simulator.script('key-one', faults.broken(whole, 'hang', { text: '' }));
    const seen = await within(scene.ask(chat, { stream: true }));
    expect([seen.status, seen.headers['x-rota-account']]).toEqual([200, 'two']);
  },
);

import { describe, expect, test } from 'vitest';
import type { ChatEvent } from '../../src/chat/event.ts';
import { contextOf } from '../translation/translate.ts';
import { translatorOf } from '../translation/translators.ts';
import { dataOf, relayStage, spoken, type RelayScene, type Spoken } from './relay-scene.ts';

/** Far below the time for which the upstream goes on. */
const SOON_MS = 15_000;

const said: readonly ChatEvent[] = [
  { type: 'message-start', id: 'abc', model: 'm' },
  { type: 'text-start', index: 0 },
  { type: 'text-delta', index: 0, text: 'one two' },
];
const ended: readonly ChatEvent[] = [
  { type: 'text-end', index: 0 },
  { type: 'finish', reason: 'end' },
];
const overload: ChatEvent = { type: 'failure', failure: { kind: 'overload', message: 'Overloaded.' } };
const unreadable = 'data: {"half":\n\n';

/** An answer as an upstream of this protocol writes it, up to its last word and from there to its end. */
function answerOf({ short, body }: Spoken, last: readonly ChatEvent[] = ended): readonly [string, string] {
  const translator = translatorOf(short);
  const path = '/v1beta/models/m:streamGenerateContent';
  const request = translator.decodeRequest(JSON.stringify(body(true)), path);
  const encoder = translator.encodeStream(contextOf({ ...request, stream: true }));
  const frame = ({ event, data }: { readonly event?: string; readonly data: string }) =>
    `${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`;
  const start = said.flatMap((event) => encoder.feed(event)).map(frame);
  const end = [...last.flatMap((event) => encoder.feed(event)), ...encoder.end()].map(frame);
  return [start.join(''), end.join('')];
}

/** Each piece in a write of its own. */
function inPieces(pieces: readonly string[]): { readonly body: string; readonly cutAt: readonly number[] } {
  let size = 0;
  return { body: pieces.join(''), cutAt: pieces.slice(0, -1).map((piece) => (size += piece.length)) };
}

function script({ simulator }: RelayScene, pieces: readonly string[]): void {
  const headers = { 'content-type': 'text/event-stream' };
  simulator.script('key-one', { kind: 'raw', headers, delayMs: 250, ...inPieces(pieces) });
}

const signsOfLife = Array.from({ length: 240 }, () => ': still here\n\n');
const pairs = spoken.flatMap((upstream) =>
  spoken.filter((one) => one !== upstream).map((client) => ({ upstream, client })),
);

describe.each(pairs)(
  'an event of $upstream.name that cannot be read, for a client of $client.name',
  (pair) => {
    const { upstream, client } = pair;
    const [start, end] = answerOf(upstream);

    test.each([
      ['behind content', [start, unreadable, ...signsOfLife]],
      ['before the rest of the answer', [start, unreadable + end]],
    ])('%s is the end of the answer, and is told', async (_, pieces) => {
      const scene = await relayStage({ only: [upstream.name], accounts: ['one'] });
      script(scene, pieces);
      const startedAt = performance.now();
      const answer = await scene.ask(client, { stream: true });
      expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
      expect([answer.status, answer.error]).toEqual([200, undefined]);
      expect(answer.text).toContain('one two');
      const events = dataOf(answer.text);
      const errors = events.filter((data) => data.includes('cannot be read'));
      expect(errors).toEqual([events.at(-1)]);
      expect(client.readError(errors[0] ?? '').message).toContain('cannot be read');
      if (pieces.length > 2) await scene.call('one', ({ aborted }) => aborted);
      expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 1, rests: [] });
    });

    test('nor is anything said behind an error of the upstream, though that goes on', async () => {
      const scene = await relayStage({ only: [upstream.name], accounts: ['one'] });
      const [, error] = answerOf(upstream, [overload]);
      script(scene, [start, error, ...signsOfLife]);
      const startedAt = performance.now();
      const answer = await scene.ask(client, { stream: true });
      expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
      expect([answer.status, answer.error]).toEqual([200, undefined]);
      const last = dataOf(answer.text).at(-1) ?? '';
      expect(client.readError(last).message).toContain('Overloaded');
      await scene.call('one', ({ aborted }) => aborted);
      expect(await scene.account('one')).toMatchObject({ requests: 1, failures: 1 });
    });

    test.each([
      ['with the first content', [start + unreadable, ...signsOfLife]],
      ['before it', [unreadable, start, ...signsOfLife]],
    ])("%s is another account's to answer", async (_, pieces) => {
      const scene = await relayStage({ only: [upstream.name] });
      script(scene, pieces);
      const answer = await scene.ask(client, { stream: true });
      expect([answer.status, answer.error, answer.headers['x-rota-account']]).toEqual([
        200,
        undefined,
        'two',
      ]);
      expect(answer.text).not.toContain('one two');
      await scene.call('one', ({ aborted }) => aborted);
    });
  },
);

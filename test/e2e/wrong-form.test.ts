import { describe, expect, test } from 'vitest';
import { foldAnswer, type ChatAnswer } from '../../src/chat/answer.ts';
import * as faults from '../simulator/faults.ts';
import { decodeChunks } from '../translation/translate.ts';
import { translatorOf } from '../translation/translators.ts';
import { dataOf, relayStage, spoken } from './relay-scene.ts';

const pairs = spoken.flatMap((upstream) => spoken.map((client) => ({ upstream, client })));
const says = {
  text: 'one two three four',
  toolCalls: [{ id: 'call_1', name: 'read', arguments: '{"path":"a"}' }],
};
const said = [
  { type: 'text', text: says.text },
  { type: 'tool-call', name: 'read', input: '{"path":"a"}' },
];

/** Reasoning has no place in every protocol, and some make up an empty one to keep its state in. */
const spokenParts = ({ parts }: ChatAnswer) => parts.filter(({ type }) => type !== 'reasoning');

/** Some servers know one form of an answer alone, whatever they are asked for. */
describe.each(pairs)('a client of $client.name over $upstream.name', ({ client, upstream }) => {
  const { decodeResponse } = translatorOf(client.short);

  test('that awaits a whole answer gets one, where the upstream streams', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    scene.simulator.script('key-one', faults.answer({ ...says, as: 'stream', pieceBytes: 7 }));
    const seen = await scene.ask(client, { stream: false });
    expect([seen.status, seen.headers['content-type']], seen.text).toEqual([200, 'application/json']);
    expect(seen.headers['x-rota-account']).toBe('one');
    const answer = foldAnswer(decodeResponse(seen.text));
    expect(spokenParts(answer)).toMatchObject(said);
    expect([answer.finish?.reason, answer.failure]).toEqual(['tool-calls', undefined]);
  });

  test('that awaits a whole answer is not given half of one', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    const half = { ...says, as: 'stream' as const };
    scene.simulator.script('key-one', faults.broken({ events: upstream.contentEvents + 1 }, 'close', half));
    const seen = await scene.ask(client, { stream: false });
    expect(seen.headers, seen.text).toMatchObject({ 'x-rota-account': 'two', 'x-rota-attempts': '2' });
    expect(spokenParts(foldAnswer(decodeResponse(seen.text)))).toMatchObject([{ text: 'hello from two' }]);
  });

  test('that awaits a stream gets one, where the upstream answers whole', async () => {
    const scene = await relayStage({ only: [upstream.name] });
    scene.simulator.script('key-one', faults.answer({ ...says, as: 'json' }));
    const seen = await scene.ask(client, { stream: true });
    expect(seen.headers['content-type']).toMatch(/^text\/event-stream/u);
    const answer = foldAnswer(decodeChunks(translatorOf(client.short), [seen.body]));
    expect(spokenParts(answer)).toMatchObject(said);
    expect(answer.finish?.reason).toBe('tool-calls');
    expect(dataOf(seen.text).length).toBeGreaterThan(2);
  });
});

import { expect, test } from 'vitest';
import { foldAnswer } from '../../src/chat/answer.ts';
import { makeFrameAligner, readData } from '../../src/upstream/frames.ts';
import * as faults from '../simulator/faults.ts';
import { translatorOf } from '../translation/translators.ts';
import { relayStage, spoken } from './relay-scene.ts';

/** As large as an image, or as a Responses answer which its last event repeats. */
const BIG_BYTES = 9_000_000;

const pairs = spoken.flatMap((upstream) => spoken.map((client) => ({ upstream, client })));

test.each(pairs)(
  'an event of many megabytes goes from $upstream.name to a client of $client.name',
  async ({ upstream, client }) => {
    const scene = await relayStage({ only: [upstream.name], accounts: ['one'] });
    scene.simulator.script('key-one', faults.answer({ text: 'x', chunks: 1, chunkBytes: BIG_BYTES }));
    const seen = await scene.ask(client, { stream: true });
    expect([seen.status, seen.error]).toEqual([200, undefined]);
    const decoder = translatorOf(client.short).decodeStream();
    const whole = makeFrameAligner(Number.POSITIVE_INFINITY).push(seen.body) ?? Buffer.alloc(0);
    const data = readData(whole);
    const { parts, finish, failure } = foldAnswer([...data.flatMap(decoder.feed), ...decoder.end()]);
    const written = parts.map((part) => ('text' in part ? part.text.length : 0));
    expect([written, finish?.reason, failure]).toEqual([[BIG_BYTES], 'end', undefined]);
    expect(data.filter((one) => one.length < 1000 && one.includes('broke off'))).toEqual([]);
  },
);

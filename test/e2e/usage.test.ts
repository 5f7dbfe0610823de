import { describe, expect, test } from 'vitest';
import { relayStage, spoken } from './relay-scene.ts';

const pairs = spoken.flatMap((client) => spoken.map((upstream) => ({ client, upstream })));

describe.each(pairs)('a client of $client.name over $upstream.name', ({ client, upstream }) => {
  test.each([true, false])('what the answer cost is counted for its account (stream: %s)', async (stream) => {
    const scene = await relayStage({ only: [upstream.name] });
    scene.simulator.script(
      'key-one',
      ...[1, 2].map(() => ({
        kind: 'answer' as const,
        text: 'hello from one',
        usage: { promptTokens: 1200, completionTokens: 30, cachedTokens: 1000 },
        usageOn: 'finish-chunk' as const,
      })),
    );
    for (const _ of ['once', 'twice']) expect((await scene.ask(client, { stream })).status).toBe(200);
    expect(await scene.account('one')).toMatchObject({
      requests: 2,
      inputTokens: 2400,
      outputTokens: 60,
      ...(upstream.name === 'gemini' ? {} : { cacheReadTokens: 2000 }),
    });
    expect(await scene.account('two')).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });
});

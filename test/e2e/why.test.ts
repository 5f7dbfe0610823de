import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WhyAnswer } from '../../src/cli/context.ts';
import { whyLines } from '../../src/cli/why-words.ts';
import * as faults from '../simulator/faults.ts';
import type { Behaviour } from '../simulator/behaviour.ts';
import type { Received } from './client.ts';
import { messages, relayStage } from './relay-scene.ts';
import { MODEL, stage, standingClock, type Scene, type SceneOptions } from './scene.ts';

/** 2026-11-20T10:00:00Z */
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
/** In seconds. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const session = { 'x-session-id': 'one-conversation' };
const affine = { routing: { strategy: 'fill-first', affinity: true } };

function scene(options: SceneOptions = {}): Promise<Scene> {
  return stage({ clock: standingClock(NOW), ...options });
}

/** Of the latest request, where none is named. */
async function explained({ rota }: Scene, request?: string): Promise<WhyAnswer> {
  const headers = { authorization: `Bearer ${rota.adminKey}` };
  const query = request === undefined ? '' : `?request=${request}`;
  return (await (await fetch(`${rota.url}/-/why${query}`, { headers })).json()) as WhyAnswer;
}

async function told(where: Scene, request?: string): Promise<string> {
  const answer = await explained(where, request);
  const text = whyLines({ ...answer, request: 'req_7Qk2' }, where.clock.now()).join('\n');
  return text.replaceAll(/sim-\d+/g, 'lab');
}

/** Lets a request that waits wait until it is told so, and then moves the clock on. */
async function passes(where: Scene, milliseconds: number, request: Promise<Received>): Promise<Received> {
  // Until the request has come there is no record of it.
  const isWaiting = async () =>
    ((await explained(where)) as Partial<WhyAnswer>).steps?.some(({ kind }) => kind === 'waited');
  while (!(await isWaiting()));
  where.clock.advance(milliseconds);
  return request;
}

const spentFor = (seconds: number): Behaviour => ({
  kind: 'status',
  status: 429,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    error: {
      message: 'The usage limit has been reached',
      type: 'usage_limit_reached',
      resets_in_seconds: seconds,
    },
  }),
});

const situations: readonly (readonly [string, () => Promise<Scene>])[] = [
  [
    'The conversation is at home',
    async () => {
      const where = await scene({ settings: affine });
      await where.chat({}, session);
      await where.chat({}, session);
      return where;
    },
  ],
  [
    'A rate limit, and another account answers',
    async () => {
      const where = await scene();
      where.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
      await where.chat();
      return where;
    },
  ],
  [
    'A window is used up for hours',
    async () => {
      const where = await scene();
      where.simulator.script('key-one', spentFor(4 * HOUR + 58 * MINUTE));
      await where.chat();
      where.clock.advance(90_000);
      await where.chat();
      return where;
    },
  ],
  [
    'An account that is nearly used up is left before it says so',
    async () => {
      const where = await scene({ settings: affine });
      const headers = {
        'x-ratelimit-limit-requests': '1000',
        'x-ratelimit-remaining-requests': '5',
        'x-ratelimit-reset-requests': '6m0s',
      };
      where.simulator.script('key-one', faults.answer({ headers }));
      await where.chat();
      await where.chat({}, session);
      return where;
    },
  ],
  [
    'The provider is overloaded',
    async () => {
      const where = await scene({ accounts: ['one', 'two', 'three'] });
      where.simulator.script('key-one', faults.siteOverloaded());
      where.simulator.script('key-two', faults.siteOverloaded());
      await where.chat();
      return where;
    },
  ],
  [
    'A limit that all accounts meet at once',
    async () => {
      const where = await scene();
      where.simulator.script('key-one', faults.rateLimited());
      where.simulator.script('key-two', faults.rateLimited());
      await passes(where, 1000, where.chat());
      return where;
    },
  ],
  [
    'A credential is refused',
    async () => {
      const where = await scene();
      where.simulator.script('key-one', faults.unauthorized());
      await where.chat();
      return where;
    },
  ],
  [
    'Nobody is left',
    async () => {
      const where = await scene({ accounts: ['one', 'two', 'three'] });
      where.simulator.script('key-one', faults.rateLimited({ seconds: 40 }));
      where.simulator.script('key-two', faults.outOfCredits());
      where.simulator.script('key-three', spentFor(30 * HOUR));
      await where.chat();
      return where;
    },
  ],
  [
    'A rest is over, and one request tries the account',
    async () => {
      const where = await scene();
      where.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
      await where.chat();
      where.clock.advance(20_000);
      await where.chat();
      return where;
    },
  ],
  [
    'Another model answers',
    async () => {
      const settings = { ...affine, models: { fallbacks: { [MODEL]: ['gpt-5.5-mini'] } } };
      const where = await scene({ accounts: ['one'], models: [MODEL, 'gpt-5.5-mini'], settings });
      where.simulator.script('key-one', faults.modelNotFound(MODEL));
      await where.chat();
      return where;
    },
  ],
  [
    'The account speaks another protocol',
    async () => {
      const where = await relayStage({ clock: standingClock(NOW), only: ['anthropic-messages'] });
      await where.chat({ seed: 7, frequency_penalty: 0.5 });
      return where;
    },
  ],
  [
    'No account can be told what is asked',
    async () => {
      const where = await relayStage({
        accounts: ['one'],
        clock: standingClock(NOW),
        only: ['anthropic-messages'],
      });
      await where.chat({ logprobs: true });
      return where;
    },
  ],
  [
    'The account has no room at the moment',
    async () => {
      const settings = { routing: { strategy: 'fill-first', affinity: false, maxConcurrent: 1 } };
      const where = await scene({ accounts: ['one'], settings });
      where.simulator.script('key-one', faults.answer({ headersAfterMs: 200 }));
      const first = where.chat();
      await where.call('one');
      await passes(where, 200, where.chat());
      await first;
      return where;
    },
  ],
  [
    'The request itself is at fault',
    async () => {
      const where = await scene();
      where.simulator.script('key-one', faults.contextTooLong());
      await where.chat();
      return where;
    },
  ],
];

/** What the page shows under each of its numbered headings. */
async function shown(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(new URL('../../docs/rotation.md', import.meta.url), 'utf8');
  const blocks = page.matchAll(/^### \d+\. (.+)\n\n[^]*?```text\n([^]*?)\n```/gm);
  return new Map([...blocks].map(([, title = '', text = '']) => [title, text]));
}

describe('proxy why, as docs/rotation.md shows it', () => {
  const zone = process.env['TZ'];
  beforeAll(() => {
    process.env['TZ'] = 'UTC';
  });
  afterAll(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  test.each(situations)('%s', async (title, happens) => {
    expect(await told(await happens())).toBe((await shown()).get(title));
  });

  test('shows these and no others', async () => {
    expect([...(await shown()).keys()]).toEqual(situations.map(([title]) => title));
  });
});

test('proxy why does not excuse a limit that was waited for', async () => {
  const where = await scene({
    accounts: ['one'],
    settings: { routing: { strategy: 'fill-first', affinity: false, holdMs: 60_000 } },
  });
  where.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
  await passes(where, 20_000, where.chat());
  const sent = (await explained(where)).steps.filter(({ kind }) => kind === 'sent');
  expect(sent.map(({ because }) => because)).toEqual(['fill-first', 'rested']);
  expect(await told(where)).toContain('+20.0 s  asked one: what it rested for is over');
});

describe('proxy why, of requests that only count tokens', () => {
  const counts = { path: '/v1/messages/count_tokens' };
  const idOf = ({ headers }: Received) => String(headers['x-request-id']);
  const model = messages.model;
  const first = (text: string) => text.split('\n').slice(1);

  test('they are not the latest request: assistants count before each turn', async () => {
    const where = await relayStage({ clock: standingClock(NOW) });
    const asked = idOf(await where.ask(messages));
    await where.ask(messages, counts);
    expect((await explained(where)).request).toBe(asked);
  });

  test('unless nothing else was asked', async () => {
    const where = await relayStage({ clock: standingClock(NOW) });
    const counted = idOf(await where.ask(messages, counts));
    expect((await explained(where)).request).toBe(counted);
  });

  test('each account that was asked is named', async () => {
    const where = await relayStage({ clock: standingClock(NOW) });
    where.simulator.script('key-one', { ...faults.rateLimited({ seconds: 20 }), on: 'count' });
    const seen = await where.ask(messages, counts);
    expect(first(await told(where, idOf(seen)))).toEqual([
      '  +0.0 s  one answered 429, rate limited ("Rate limit reached."); nothing rests for it',
      '  +0.0 s  two answered 200',
      'two answered: 200, after 0.0 s.',
    ]);
  });

  test('an estimate is told as such', async () => {
    const where = await relayStage({ clock: standingClock(NOW), only: ['openai-chat'] });
    const seen = await where.ask(messages, counts);
    expect(await told(where, idOf(seen))).toBe(
      `req_7Qk2 for ${model}, at 10:00\nNo account could count: Rota estimated it.`,
    );
  });
});

import { describe, expect, test } from 'vitest';
import * as faults from '../simulator/faults.ts';
import { MODEL, stage, standingClock, type Scene, type SceneOptions } from './scene.ts';

const five = ['one', 'two', 'three', 'four', 'five'];
const first = (requestRetry: number) => ({
  requestRetry,
  routing: { strategy: 'fill-first', affinity: false },
});
const turns = { routing: { strategy: 'round-robin' } };
/** Each a conversation of its own. */
const about = (subject: string, more: object[] = []) => ({
  messages: [{ role: 'user', content: subject }, ...more],
});
const served = async (answer: ReturnType<Scene['chat']>): Promise<unknown> =>
  (await answer).headers['x-rota-account'];

describe('requestRetry', () => {
  test.each([
    { retry: 0, accounts: ['one'], asked: ['one'] },
    { retry: 3, accounts: ['one'], asked: ['one', 'one', 'one', 'one'] },
    { retry: 0, accounts: five, asked: ['one'] },
    { retry: 3, accounts: five, asked: ['one', 'two', 'three', 'four'] },
    { retry: 3, accounts: ['one', 'two'], asked: ['one', 'two', 'one', 'two'] },
  ])('$retry with $accounts.length accounts that answer 529', async ({ retry, accounts, asked }) => {
    const scene = await stage({ accounts, settings: first(retry) });
    scene.simulator.always('*', faults.siteOverloaded());
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([503, String(asked.length)]);
    expect(scene.asked()).toEqual(asked);
  });

  test.each([
    ['500', faults.serverError()],
    ['a reset', faults.nothing('reset')],
    ['529', faults.siteOverloaded()],
  ])('the only account is asked again after %s, within it', async (_name, says) => {
    const scene = await stage({ accounts: ['one'], settings: first(1) });
    scene.simulator.script('key-one', says);
    const answer = await scene.chat();
    expect([answer.status, answer.headers['x-rota-attempts']]).toEqual([200, '2']);
  });

  test.each([
    ['429', faults.rateLimited({ seconds: 20 })],
    ['429 without a hint', faults.rateLimited()],
    ['402', faults.paymentRequired()],
    ['403', faults.forbidden()],
    ['503 that names a wait', faults.overloaded({ seconds: 20 })],
  ])('the only account is not asked again after %s', async (_name, says) => {
    const scene = await stage({ accounts: ['one'], settings: first(3) });
    scene.simulator.script('key-one', says);
    expect((await scene.chat()).status).toBeGreaterThanOrEqual(400);
    expect(scene.asked()).toEqual(['one']);
  });

  test('limits are no retries: every account is asked, whatever it says', async () => {
    const scene = await stage({ accounts: five, settings: first(0) });
    for (const label of five.slice(0, 4)) {
      scene.simulator.script(`key-${label}`, faults.rateLimited({ seconds: 20 }));
    }
    expect(await served(scene.chat())).toBe('five');
    expect(scene.asked()).toEqual(five);
  });

  test('no attempt begins after the time for a request is over', async () => {
    const settings = { ...first(3), limits: { requestMs: 30_000 } };
    const scene = await stage({ settings, clock: standingClock() });
    scene.simulator.script('key-one', { kind: 'status', status: 500, headersAfterMs: 100 });
    const answer = scene.chat();
    await scene.call('one');
    scene.clock.advance(30_000);
    expect((await answer).status).toBe(502);
    expect(scene.asked()).toEqual(['one']);
  });

  test('an account that rests for a moment is waited for, rather than refusing', async () => {
    const scene = await stage({ accounts: ['one'], settings: first(0) });
    scene.simulator.script('key-one', faults.serverError());
    expect((await scene.chat()).status).toBe(502);
    const waiting = scene.chat();
    scene.clock.advance(4900);
    expect((await waiting).status).toBe(200);
  });
});

describe('which account', () => {
  const ask = async (scene: Scene, count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) await scene.chat(about(`Question ${turn}`));
  };
  const counts = (scene: Scene) => {
    const asked = scene.asked();
    return Object.fromEntries(
      [...new Set(asked)].map((label) => [label, asked.filter((one) => one === label).length]),
    );
  };

  test('round robin takes turns', async () => {
    const scene = await stage({ accounts: ['one', 'two', 'three'], settings: turns });
    await ask(scene, 6);
    expect(scene.asked()).toEqual(['one', 'two', 'three', 'one', 'two', 'three']);
  });

  test('weights of 3 and 1 over 40 conversations', async () => {
    const accounts = [{ label: 'one', weight: 3 }, 'two'];
    const scene = await stage({ accounts, settings: turns });
    await ask(scene, 40);
    expect(counts(scene)).toEqual({ one: 30, two: 10 });
    // Interleaved: never two in a row of the lighter one, never more than three of the heavier.
    expect(scene.asked().join(' ')).not.toMatch(/two two|(?:one ){4}/u);
  });

  test('fill-first stays with one until it is spent, and comes back', async () => {
    const scene = await stage({ clock: standingClock() });
    await ask(scene, 3);
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    await ask(scene, 3);
    scene.clock.advance(20_000);
    await ask(scene, 2);
    expect(scene.asked()).toEqual(['one', 'one', 'one', 'one', 'two', 'two', 'two', 'one', 'one']);
  });

  test('a lower priority serves only while no higher one can', async () => {
    const accounts = ['spare', { label: 'first', priority: 5 }, { label: 'second', priority: 5 }];
    const scene = await stage({ accounts, settings: turns, clock: standingClock() });
    await ask(scene, 4);
    expect(counts(scene)).toEqual({ first: 2, second: 2 });
    scene.simulator.script('key-first', faults.rateLimited({ seconds: 20 }));
    scene.simulator.script('key-second', faults.rateLimited({ seconds: 10 }));
    expect(await served(scene.chat(about('a')))).toBe('spare');
    expect(await served(scene.chat(about('b')))).toBe('spare');
    scene.clock.advance(10_000);
    expect(await served(scene.chat(about('c')))).toBe('second');
    scene.clock.advance(10_000);
    expect(new Set([await served(scene.chat(about('d'))), await served(scene.chat(about('e')))])).toEqual(
      new Set(['first', 'second']),
    );
  });
});

describe('a conversation stays with its account', () => {
  const options: SceneOptions = {
    accounts: ['one', 'two', 'three'],
    settings: turns,
    clock: standingClock(),
  };

  test('by its opening: the system prompt and the first message', async () => {
    const scene = await stage(options);
    const later = [
      { role: 'assistant', content: 'Yes?' },
      { role: 'user', content: 'More.' },
    ];
    const owners: unknown[] = [];
    for (const subject of ['a', 'b', 'c']) owners.push(await served(scene.chat(about(subject))));
    expect(owners).toEqual(['one', 'two', 'three']);
    for (const [at, subject] of ['a', 'b', 'c'].entries()) {
      for (const stream of [false, true]) {
        expect(await served(scene.chat({ ...about(subject, later), stream }))).toBe(owners[at]);
      }
    }
  });

  const sessions: readonly (readonly [
    string,
    (id: string) => { body?: object; headers?: Record<string, string> },
  ])[] = [
    ['x-claude-code-session-id', (id) => ({ headers: { 'x-claude-code-session-id': id } })],
    ['session-id', (id) => ({ headers: { 'session-id': id } })],
    ['thread-id', (id) => ({ headers: { 'thread-id': id } })],
    ['x-session-id', (id) => ({ headers: { 'x-session-id': id } })],
    ['x-session-affinity', (id) => ({ headers: { 'x-session-affinity': id } })],
    ['prompt_cache_key', (id) => ({ body: { prompt_cache_key: id } })],
  ];
  test.each(sessions)('by %s, whatever its messages say', async (_name, session) => {
    const scene = await stage(options);
    const chat = async (id: string, subject: string) => {
      const { body = {}, headers } = session(id);
      return served(scene.chat({ ...about(subject), ...body }, headers));
    };
    expect([await chat('s1', 'a'), await chat('s2', 'a')]).toEqual(['one', 'two']);
    expect([await chat('s1', 'b'), await chat('s2', 'c'), await chat('s1', 'd')]).toEqual([
      'one',
      'two',
      'one',
    ]);
  });

  test("an agent's own id outranks the session that it shares", async () => {
    const scene = await stage(options);
    const session = { 'x-claude-code-session-id': 's1' };
    expect(await served(scene.chat({}, session))).toBe('one');
    const agent = { ...session, 'x-claude-code-agent-id': 'a1' };
    expect(await served(scene.chat({}, agent))).toBe('two');
    expect(await served(scene.chat({}, session))).toBe('one');
    expect(await served(scene.chat({}, agent))).toBe('two');
  });

  test('it returns after a short rest of the owner', async () => {
    const scene = await stage(options);
    expect(await served(scene.chat())).toBe('one');
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    expect(await served(scene.chat())).toBe('two');
    expect(await served(scene.chat())).not.toBe('one');
    scene.clock.advance(20_000);
    expect(await served(scene.chat())).toBe('one');
  });

  test('it moves for good when the window of the owner is spent', async () => {
    const scene = await stage(options);
    await scene.chat();
    scene.simulator.script('key-one', {
      kind: 'status',
      status: 429,
      body: { error: { type: 'usage_limit_reached', message: 'Spent.', resets_in_seconds: 600 } },
    });
    expect(await served(scene.chat())).toBe('two');
    scene.clock.advance(600_000);
    expect(await served(scene.chat())).toBe('two');
  });

  test('not where the setting is off', async () => {
    const settings = { routing: { strategy: 'round-robin', affinity: false } };
    const scene = await stage({ ...options, settings });
    const owners: unknown[] = [];
    for (let turn = 0; turn < 3; turn += 1) owners.push(await served(scene.chat({}, { 'session-id': 's1' })));
    expect(owners).toEqual(['one', 'two', 'three']);
  });

  test('not with an account that gave a 429 to the client: the next request goes elsewhere', async () => {
    const settings = { ...turns, quotaExceeded: { switchAccount: false } };
    const scene = await stage({ ...options, settings });
    scene.simulator.script('key-one', faults.rateLimited({ seconds: 20 }));
    expect((await scene.chat()).status).toBe(429);
    expect(await served(scene.chat())).toBe('two');
    scene.clock.advance(20_000);
    expect(await served(scene.chat())).toBe('two');
  });

  test('it costs nobody else a turn', async () => {
    const scene = await stage({ ...options, models: [MODEL] });
    for (let turn = 0; turn < 5; turn += 1) await scene.chat(about('long'));
    expect(await served(scene.chat(about('b')))).toBe('two');
    expect(await served(scene.chat(about('c')))).toBe('three');
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AnswerOptions, Behaviour } from '../simulator/behaviour.ts';
import * as faults from '../simulator/faults.ts';
import { chat, gemini, relayStage, spoken, type RelayScene, type Spoken } from './relay-scene.ts';
import { generations, standingClock } from './scene.ts';
import { aiSdks } from './sdk-ai.ts';
import { chatSdk } from './sdk-chat.ts';
import type { Door, SdkAnswer, SdkClient, SdkFailure, Setup, Talk } from './sdk-client.ts';
import { geminiSdk } from './sdk-gemini.ts';
import { messagesSdk } from './sdk-messages.ts';
import { responsesSdk } from './sdk-responses.ts';
import { askedOf } from './sdk-upstream.ts';

const clients: readonly SdkClient[] = [chatSdk, responsesSdk, messagesSdk, geminiSdk, ...aiSdks];
const forms = [true, false];

/** A key of the simulator that Rota does not know: the same SDK asks with it past Rota, and says what is right. */
const DIRECT = 'key-direct';
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const shape = (of: Record<string, object>) => ({
  type: 'object' as const,
  properties: of,
  required: Object.keys(of),
  additionalProperties: false,
});
const tools = [
  { name: 'read', description: 'Reads a file.', parameters: shape({ path: { type: 'string' } }) },
  { name: 'weather', description: 'Tells the weather.', parameters: shape({ city: { type: 'string' } }) },
];
const inputs = { read: { path: 'src/ä "quoted"\n.ts' }, paris: { city: 'Paris' }, oslo: { city: 'Oslo' } };
const sentence = { text: 'one two three four five six' };

/** The AI SDK puts a result for Gemini's protocol into an object beside its name, which stays as it is. */
const said = (text: string) => expect.stringContaining(text) as string;

const call = (id: string, name: string, input: object) => ({ id, name, arguments: JSON.stringify(input) });

describe.each(spoken)('over $name', (upstream) => {
  let scene: RelayScene;
  const overs: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    scene = await relayStage({
      only: [upstream.name],
      accounts: ['one'],
      settings: { routing: { strategy: 'fill-first', affinity: true }, requestRetry: 0 },
      clock: standingClock(),
      whenOver: (clean) => void overs.unshift(clean),
    });
    scene.simulator.account(DIRECT, { label: 'one', models: spoken.map(({ model }) => model) });
  });
  afterEach(() => {
    const disorder = [scene.simulator.leftOver(), ...scene.simulator.unexpected];
    scene.simulator.reset();
    // So long no account rests.
    scene.clock.advance(86_400_000);
    expect(disorder).toEqual([0]);
  });
  afterAll(async () => {
    for (const over of overs) await over();
  });

  const doors = (): readonly (readonly [string, Door])[] => [
    [DIRECT, { url: scene.simulator.url, key: DIRECT }],
    ['key-one', scene.rota],
  ];
  const viaRota = () => generations(scene.simulator).filter(({ key }) => key === 'key-one');
  const askedLast = () => askedOf(upstream.name, viaRota().at(-1));

  /** The same conversation past Rota and through it. */
  async function bothWays(
    client: SdkClient,
    setup: Setup,
    says: readonly AnswerOptions[],
    converse: (talk: Talk) => Promise<readonly SdkAnswer[]>,
  ): Promise<{ direct: readonly SdkAnswer[]; relayed: readonly SdkAnswer[] }> {
    const all: (readonly SdkAnswer[])[] = [];
    for (const [key, door] of doors()) {
      scene.simulator.script(key, ...says.map((one) => faults.answer(one)));
      all.push(await converse(client.open(door, setup)));
    }
    const [direct = [], relayed = []] = all;
    return { direct, relayed };
  }

  describe.each(clients)('$name', (client) => {
    test.each(forms)('gets a text (stream: %s)', async (stream) => {
      const { direct, relayed } = await bothWays(client, { stream }, [{}], async (talk) => [
        await talk.say('Hello'),
      ]);
      expect(direct[0]?.text).toBe('hello from one');
      expect(relayed).toEqual(direct);
      expect(askedLast()).toMatchObject({ model: client.of.model, texts: ['Hello'] });
    });

    test.each(forms)('goes round with a tool (stream: %s)', async (stream) => {
      const says = [{ toolCalls: [call('call_1', 'read', inputs.read)] }, { text: 'it is short' }];
      const { direct, relayed } = await bothWays(client, { stream, tools }, says, async (talk) => [
        await talk.say('Read it'),
        await talk.give('the file says 42'),
      ]);
      expect(direct.map(({ text }) => text)).toEqual(['', 'it is short']);
      expect(direct[0]?.calls).toMatchObject([{ name: 'read', input: inputs.read }]);
      expect(relayed.map(withoutIds)).toEqual(direct.map(withoutIds));
      expect(askedLast()).toMatchObject({
        texts: ['Read it'],
        tools: ['read', 'weather'],
        calls: [{ name: 'read', input: inputs.read }],
        results: [{ of: 'read', output: said('the file says 42') }],
      });
    });

    test.each(forms)('goes round with parallel tools (stream: %s)', async (stream) => {
      const toolCalls = [
        call('call_1', 'weather', inputs.paris),
        call('call_2', 'read', inputs.read),
        call('call_3', 'weather', inputs.oslo),
      ];
      const says = [{ text: 'Let me see.', toolCalls }, { text: 'rain, 42, snow' }];
      const { direct, relayed } = await bothWays(client, { stream, tools }, says, async (talk) => [
        await talk.say('Compare'),
        await talk.give('rain', '42', 'snow'),
      ]);
      expect(direct[0]?.calls).toHaveLength(3);
      expect(relayed.map(withoutIds)).toEqual(direct.map(withoutIds));
      const ids = relayed[0]?.calls.map(({ id }) => id) ?? [];
      if (client.of !== gemini) expect(new Set(ids).size).toBe(3);
      if (client.of !== gemini && upstream.short !== 'gemini')
        expect(ids).toEqual(['call_1', 'call_2', 'call_3']);
      expect(askedLast()).toMatchObject({
        calls: toolCalls.map(({ name, arguments: input }) => ({ name, input: JSON.parse(input) as object })),
        results: [
          { of: 'weather', output: said('rain') },
          { of: 'read', output: said('42') },
          { of: 'weather', output: said('snow') },
        ],
      });
    });

    test.each(forms)('gets reasoning, and goes on from it (stream: %s)', async (stream) => {
      const says = [
        { reasoning: 'First this, then that.', toolCalls: [call('call_1', 'read', inputs.read)] },
        { text: 'done' },
      ];
      const setup = { stream, tools, think: true };
      const { direct, relayed } = await bothWays(client, setup, says, async (talk) => [
        await talk.say('Think'),
        await talk.give('42'),
      ]);
      expect(direct[0]?.reasoning).toBe('First this, then that.');
      expect(relayed.map(withoutIds)).toEqual(direct.map(withoutIds));
      // Of its vendor's newest models that protocol refuses to think beside tools.
      const thinks = upstream.short !== 'chat' || client.of.short !== 'responses';
      expect(askedLast()).toMatchObject({ thinks, results: [{ output: said('42') }] });
      // The upstream's own reasoning comes back to it wherever the client's protocol has a place to keep it.
      if (client.of !== chat && upstream.short !== 'chat')
        expect(viaRota().at(-1)?.body).toContain('c2ltdWxhdGVk');
    });

    test('shows an image', async () => {
      const { direct, relayed } = await bothWays(client, { stream: true }, [{}], async (talk) => [
        await talk.say('What is this?', PNG),
      ]);
      expect(relayed).toEqual(direct);
      expect(askedLast()).toMatchObject({ texts: ['What is this?'], images: [PNG] });
    });

    test.each(forms)('gets structured output (stream: %s)', async (stream) => {
      const schema = shape({ answer: { type: 'integer' } });
      const says = [{ text: '{"answer":42}' }];
      const { direct, relayed } = await bothWays(client, { stream, schema }, says, async (talk) => [
        await talk.say('As JSON'),
      ]);
      expect(JSON.parse(direct[0]?.text ?? '')).toEqual({ answer: 42 });
      expect(relayed).toEqual(direct);
      expect(askedLast()?.schema).toMatchObject({ required: ['answer'] });
    });

    test('hangs up, and the upstream’s call ends', async () => {
      scene.simulator.script(
        'key-one',
        faults.broken({ events: upstream.contentEvents + 1 }, 'hang', sentence),
      );
      const hand = new AbortController();
      const setup = { stream: true, signal: hand.signal, onText: () => hand.abort() };
      const asking = client.open(scene.rota, setup).say('Hello');
      await expect(asking).rejects.toThrow(/abort/iu);
      await scene.call('one', ({ aborted }) => aborted);
      expect(await scene.account('one')).toMatchObject({ rests: [] });
    });

    const place = upstream.contentEvents + 1;
    const halves: readonly (readonly [string, Behaviour])[] = [
      ['breaks off', faults.broken({ events: place }, 'reset', sentence)],
      // In the client's own protocol the upstream's words go through as they are: the next test.
      ...(client.of.name === upstream.name
        ? []
        : [['tells of an error', faults.streamError(place, {}, sentence)] as const]),
    ];
    test.each(halves)('is not given half an answer for a whole one where the stream %s', async (_, half) => {
      scene.simulator.script('key-one', half);
      const pieces: string[] = [];
      const setup = { stream: true, onText: (piece: string) => void pieces.push(piece) };
      const heard: unknown = await client
        .open(scene.rota, setup)
        .say('Hello')
        .catch((error: unknown) => ({ stop: undefined, failure: client.failure(error) }));
      expect(pieces.join('')).toMatch(/^one/u);
      expect(heard).toMatchObject(client.half);
    });

    test.runIf(client.of.name === upstream.name)(
      'takes an error inside of a stream as it does past Rota',
      async () => {
        const heard: unknown[] = [];
        for (const [key, door] of doors()) {
          scene.simulator.script(key, faults.streamError(place, {}, sentence));
          const pieces: string[] = [];
          const setup = { stream: true, onText: (piece: string) => void pieces.push(piece) };
          const end: unknown = await client
            .open(door, setup)
            .say('Hello')
            .catch((error: unknown) => [client.failure(error), String(error)]);
          heard.push([pieces.join(''), end]);
        }
        expect(heard[0]).toMatchObject([expect.stringMatching(/^one/u), {}]);
        expect(heard[1]).toEqual(heard[0]);
      },
    );

    const errors: readonly ErrorRow[] = [
      {
        when: 'all accounts are spent',
        kind: 'quota',
        status: 429,
        says: faults.rateLimited({ seconds: 20 }),
      },
      {
        when: 'there is an overload',
        kind: 'overload',
        status: client.of.overload,
        says: faults.overloaded(),
      },
      { when: 'the request is at fault', kind: 'invalid', status: 400, says: faults.contextTooLong() },
      { when: 'the request is too large', kind: 'tooLarge', status: 413, says: faults.status(413) },
      { when: 'the account is refused', kind: 'forbidden', status: 403, says: faults.forbidden() },
      { when: 'the account’s key is refused', kind: 'forbidden', status: 403, says: faults.unauthorized() },
      { when: 'the upstream fails', kind: 'server', status: 502, says: faults.serverError() },
      { when: 'the upstream has no such model', kind: 'notFound', status: 404, says: faults.modelNotFound() },
      { when: 'the local key is wrong', kind: 'wrongKey', status: 401, key: 'rota_wrong' },
      { when: 'nobody has the model', kind: 'notFound', status: 404, model: 'nobody-has-it' },
    ];
    test.each(errors.flatMap((row) => forms.map((stream) => ({ ...row, stream }))))(
      'fails with $status when $when (stream: $stream)',
      async ({ kind, status, says, key = scene.rota.key, model = client.of.model, stream }) => {
        if (says) scene.simulator.script('key-one', says);
        scene.simulator.script(DIRECT, faults.status(status));
        const direct = await failureOf(client, { url: scene.simulator.url, key: DIRECT }, { stream });
        const relayed = await failureOf(client, { url: scene.rota.url, key }, { stream, model });
        expect(direct).toMatchObject({ status });
        expect(relayed).toEqual({ ...direct, type: client.of.errorType[kind] });
      },
    );
  });
});

interface ErrorRow {
  readonly when: string;
  readonly kind: keyof Spoken['errorType'];
  readonly status: number;
  /** What the upstream answers; nothing where it is not asked. */
  readonly says?: Behaviour;
  readonly key?: string;
  readonly model?: string;
}

/** Where an upstream gives none, they are made up. */
function withoutIds({ calls, ...answer }: SdkAnswer): object {
  return { ...answer, calls: calls.map(({ name, input }) => ({ name, input })) };
}

async function failureOf(client: SdkClient, door: Door, setup: Setup): Promise<SdkFailure | undefined> {
  return client
    .open(door, setup)
    .say('Hello')
    .then(
      () => undefined,
      (error: unknown) => client.failure(error),
    );
}

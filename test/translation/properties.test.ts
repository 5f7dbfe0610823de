import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer, type ChatAnswer } from '../../src/chat/answer.ts';
import type { ChatEvent } from '../../src/chat/event.ts';
import { eventsOf } from '../../src/chat/events-of.ts';
import type { ToolName } from '../../src/chat/part.ts';
import type { ChatRequest, Turn } from '../../src/chat/request.ts';
import { RotaError } from '../../src/failure.ts';
import { writeServerSentEvent, type Translator } from '../../src/protocols/translator.ts';
import { answer, change, changed, interleaved, request } from './arbitrary.ts';
import { parsedArguments } from './clean.ts';
import { answerFixtures, requestFixtures, type Frame } from './fixtures.ts';
import { bytesOf, contextOf, decodeChunks, decodeWireRequest, runAll } from './translate.ts';
import { pairs, translatorOf, translators } from './translators.ts';

const names = [...translators.keys()];
const asked: ChatRequest = {
  turns: [],
  tools: [],
  sampling: {},
  stopSequences: [],
  extras: [],
  stream: true,
  streamUsage: true,
};

function write(translator: Translator, events: readonly ChatEvent[]): Buffer {
  const written = runAll(translator.encodeStream(contextOf(asked)), events);
  return Buffer.from(written.map(writeServerSentEvent).join(''));
}

function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (one, other) => one - other,
  );
  return [0, ...at].map((start, nth) => bytes.subarray(start, at[nth] ?? bytes.length));
}

/** What every protocol can say of an answer; how texts are divided is not part of it. */
function essence({ parts, usage, finish, failure }: ChatAnswer): object {
  const said = (type: 'text' | 'reasoning') =>
    parts
      .flatMap((part) => (part.type === type ? [part.text] : []))
      .join('')
      .replaceAll('\n\n', '');
  return {
    text: said('text'),
    reasoning: said('reasoning'),
    calls: parts.flatMap((part) =>
      part.type === 'tool-call' ? [[part.id, part.name, parsedArguments(part.input)]] : [],
    ),
    usage: [
      usage.inputTokens ?? 0,
      usage.cacheReadTokens ?? 0,
      usage.outputTokens ?? 0,
      usage.reasoningTokens ?? 0,
    ],
    reason: finish?.reason,
    failure,
  };
}

describe.each(names)('%s', (name) => {
  const translator = translatorOf(name);

  it('reads the answer that it wrote, however it is cut', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat(9999), { maxLength: 12 }), (told, places) => {
        const chunks = cut(write(translator, eventsOf(told)), places);
        expect(essence(foldAnswer(decodeChunks(translator, chunks)))).toEqual(essence(told));
      }),
    );
  });

  it('reads the whole answer that it wrote', () => {
    fc.assert(
      fc.property(answer, (told) => {
        const { status, body } = translator.encodeResponse(eventsOf(told), contextOf(asked));
        expect(status).toBe(200);
        expect(essence(foldAnswer(translator.decodeResponse(body)))).toEqual(essence(told));
      }),
    );
  });

  it('keeps calls apart whose arguments come side by side', () => {
    fc.assert(
      fc.property(interleaved, ({ calls, events }) => {
        const { parts } = foldAnswer(decodeChunks(translator, [write(translator, events)]));
        const got = parts.flatMap((part) => (part.type === 'tool-call' ? [part] : []));
        expect(got.map(({ id, name, input }) => [id, name, parsedArguments(input)])).toEqual(
          calls.map(({ id, name, input }) => [id, name, parsedArguments(input)]),
        );
      }),
    );
  });

  it('reads the request that it wrote', () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const encoded = translator.encodeRequest(wanted, { model: 'm', reasoningState: 'foreign' });
        const read = translator.decodeRequest(encoded.body, encoded.path);
        expect(wish(read, encoded.restoration.toolNames)).toEqual(wish(wanted, new Map()));
      }),
    );
  });

  it('writes the same bytes for the same request', () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const encode = () =>
          translator.encodeRequest(structuredClone(wanted), { model: 'm', reasoningState: 'foreign' });
        expect(encode().body).toBe(encode().body);
      }),
      { numRuns: 20 },
    );
  });
});

/** What every protocol can say of a request, in the client's names. */
function wish(read: ChatRequest, originals: ReadonlyMap<string, ToolName>): object {
  const named = (name: string) => originals.get(name)?.name ?? name;
  const place = new Map<string, number>();
  const idOf = (id: string) => place.get(id) ?? -1;
  const turns = read.turns.map((turn: Turn) =>
    turn.parts.map((part) => {
      if (part.type === 'tool-call') {
        place.set(part.id, place.size);
        return [turn.role, named(part.name), parsedArguments(part.input)];
      }
      if (part.type === 'tool-result') return [turn.role, idOf(part.callId) >= 0, ...part.parts];
      return [turn.role, 'text' in part ? part.text : part];
    }),
  );
  const tools = read.tools.map((tool) =>
    tool.kind === 'function' ? [named(tool.name), tool.description, tool.parameters] : tool,
  );
  return { turns, tools, stream: read.stream, maxOutputTokens: read.maxOutputTokens };
}

/** Nothing that comes in may end in anything but an answer or a refusal. */
function orRefusal(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof RotaError) || error.failure.kind !== 'invalid-request') throw error;
  }
}

const bodies = [
  ...requestFixtures.map(({ inbound, request: wire }) => ({ name: inbound, wire })),
  ...answerFixtures.flatMap(({ requests }) =>
    Object.entries(requests).map(([name, wire]) => ({ name, wire })),
  ),
].filter(({ name }) => translators.has(name));
const transcripts = answerFixtures
  .flatMap((fixture) =>
    Object.entries(fixture.transcripts).map(([name, transcript]) => ({ name, transcript })),
  )
  .filter(({ name }) => translators.has(name));

/** What is no frame becomes the data of one; a name that is no text cannot be written. */
function writable(frame: unknown): Frame {
  if (typeof frame !== 'object' || frame === null) return { data: frame };
  const { event, ...others } = frame as Readonly<Record<string, unknown>>;
  return typeof event === 'string' ? { ...others, event } : others;
}

describe('whatever comes in', () => {
  it('is a request, or refused', () => {
    const targets = [...translators.values()];
    const damaged = fc.tuple(fc.constantFrom(...bodies), fc.array(change, { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(damaged, ([{ name, wire }, changes]) => {
        const body = changes.reduce<unknown>(
          (now, { steps, value }) => changed(now, steps, value),
          wire.body,
        );
        for (const target of targets) {
          orRefusal(() => {
            const read = decodeWireRequest(translatorOf(name), { path: wire.path, body: body ?? null });
            target.encodeRequest(read, { model: 'm', reasoningState: 'same-account' });
          });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is a request, or refused, when it is no JSON of ours at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.oneof(fc.json(), fc.string()), (name, body) => {
        orRefusal(() => void translatorOf(name).decodeRequest(body, '/v1beta/models/m:generateContent'));
      }),
    );
  });

  it('is refused where it is nested without end', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const name of names) {
      const wire = requestFixtures.find(({ inbound }) => inbound === name)?.request;
      const body = JSON.stringify(wire?.body).replace(/"required":\["\w+"\]/, `"required":${deep}`);
      orRefusal(() => {
        const read = translatorOf(name).decodeRequest(body, wire?.path);
        for (const target of translators.values()) {
          orRefusal(() => void target.encodeRequest(read, { model: 'm', reasoningState: 'foreign' }));
        }
      });
    }
  });

  it('is a stream that ends once, and can be written for every client', () => {
    const damaged = fc.tuple(
      fc.constantFrom(...transcripts.filter(({ transcript }) => transcript.sse)),
      fc.array(change, { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(damaged, ([{ name, transcript }, changes]) => {
        const frames = changes.reduce<unknown>(
          (now, { steps, value }) => changed(now, steps, value),
          transcript.sse,
        );
        const sound = (Array.isArray(frames) ? frames : [frames]).map(writable);
        const events = decodeChunks(translatorOf(name), [bytesOf(sound)]);
        expect(events.filter(({ type }) => type === 'finish' || type === 'failure')).toHaveLength(1);
        expect(events.at(-1)?.type).toMatch(/finish|failure/);
        for (const client of translators.values()) {
          runAll(client.encodeStream(contextOf(asked)), events);
          client.encodeResponse(events, contextOf(asked));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is a whole answer, or a failure', () => {
    const damaged = fc.tuple(
      fc.constantFrom(...transcripts.filter(({ transcript }) => transcript.json !== undefined)),
      change,
    );
    fc.assert(
      fc.property(damaged, ([{ name, transcript }, { steps, value }]) => {
        const body = JSON.stringify(changed(transcript.json, steps, value) ?? null);
        const events = translatorOf(name).decodeResponse(body);
        expect(events.filter(({ type }) => type === 'finish' || type === 'failure')).toHaveLength(1);
        expect(translatorOf(name).decodeFailure(500, body).message).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(pairs)('from %s to %s', (from, to) => {
  it('an answer says the same on the other side', () => {
    fc.assert(
      fc.property(answer, (told) => {
        const arrived = decodeChunks(translatorOf(from), [write(translatorOf(from), eventsOf(told))]);
        const handed = decodeChunks(translatorOf(to), [write(translatorOf(to), arrived)]);
        expect(essence(foldAnswer(handed))).toEqual(essence(told));
      }),
      { numRuns: 30 },
    );
  });

  it('a request asks the same on the other side', () => {
    fc.assert(
      fc.property(request, (wanted) => {
        const target = { model: 'm', reasoningState: 'foreign' as const };
        const sent = translatorOf(from).encodeRequest(wanted, target);
        const read = translatorOf(from).decodeRequest(sent.body, sent.path);
        const passed = translatorOf(to).encodeRequest(read, target);
        const arrived = translatorOf(to).decodeRequest(passed.body, passed.path);
        expect(wish(arrived, sent.restoration.toolNames)).toEqual(wish(wanted, new Map()));
      }),
      { numRuns: 30 },
    );
  });
});

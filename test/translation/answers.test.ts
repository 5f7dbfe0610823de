import { describe, expect, it } from 'vitest';
import { foldAnswer, type ChatAnswer } from '../../src/chat/answer.ts';
import { answerFixtures, type AnswerFixture, type Outcome } from './fixtures.ts';
import { parsedArguments } from './clean.ts';
import { normaliseAnswer } from './normalise.ts';
import { bytesOf, decodeAnswer, decodeChunks, decodeWireRequest, translateAnswer } from './translate.ts';
import { translatorOf, translators } from './translators.ts';

/** Fixtures whose upstream gives its calls no ids: then any that are legal and distinct will do (rule 2). */
const withoutIds = new Set(['20-gemini-parallel-tools-stream']);
/** Texts that are ours to word (the fixtures' notes). */
const freeText = new Set(['22-gemini-prompt-blocked-json']);

const translations = answerFixtures.flatMap((fixture) =>
  Object.keys(fixture.transcripts)
    .filter((client) => client !== fixture.upstream)
    .filter((client) => translators.has(client) && translators.has(fixture.upstream))
    .map((client) => ({ name: `${fixture.id} for a client of ${client}`, fixture, client })),
);

describe('an answer, from one protocol to another', () => {
  it.each(translations)('$name', ({ fixture, client }) => {
    const { requests, transcripts } = fixture;
    const [from, to] = [translatorOf(fixture.upstream), translatorOf(client)];
    const wire = requests[client] ?? { path: '', body: {} };
    const expected = transcripts[client] ?? { status: 0 };
    const answer = decodeAnswer(from, transcripts[fixture.upstream] ?? { status: 0 });
    const got = translateAnswer(to, from, decodeWireRequest(to, wire), answer);
    expect(comparable(fixture, client, got)).toEqual(comparable(fixture, client, expected));
  });
});

function comparable(
  fixture: AnswerFixture,
  client: string,
  transcript: Parameters<typeof normaliseAnswer>[1],
) {
  const text = JSON.stringify(normaliseAnswer(client, transcript));
  if (!withoutIds.has(fixture.id)) return JSON.parse(text) as unknown;
  const ids = [...new Set(text.match(/"(?:call|toolu)_[A-Za-z0-9]+"/g))];
  return JSON.parse(ids.reduce((now, id, nth) => now.replaceAll(id, `"#${nth}"`), text)) as unknown;
}

const outcomes = answerFixtures.flatMap((fixture) =>
  Object.keys(fixture.transcripts)
    .filter(
      (client) => translators.has(client) && fixture.outcome && fixture.transcripts[client]?.status === 200,
    )
    .filter((client) => fixture.outcome?.only === undefined && !freeText.has(fixture.id) && client !== '')
    .map((client) => ({ name: `${fixture.id} in ${client}`, fixture, client })),
);

describe('an answer, as it is understood', () => {
  it.each(outcomes)('$name', ({ fixture, client }) => {
    const answer = foldAnswer(
      decodeAnswer(translatorOf(client), fixture.transcripts[client] ?? { status: 0 }),
    );
    const expected = { ...fixture.outcome, ...fixture.outcome_overrides?.[client] };
    expect(understood(answer)).toEqual(expectation(expected as Outcome));
  });
});

function understood({ parts, usage, finish }: ChatAnswer): object {
  const said = (type: 'text' | 'refusal' | 'reasoning') =>
    parts.flatMap((part) => (part.type === type ? [part.text] : [])).join('');
  return {
    text: said('text'),
    refusal: said('refusal') || (finish?.explanation ?? null),
    reasoning: said('reasoning'),
    calls: parts
      .filter((part) => part.type === 'tool-call')
      .map(({ name, kind, input }) => [name, kind === 'custom' ? input : parsedArguments(input)]),
    usage: {
      input: usage.inputTokens ?? 0,
      cached: usage.cacheReadTokens ?? 0,
      output: usage.outputTokens ?? 0,
      reasoning: usage.reasoningTokens ?? 0,
    },
  };
}

function expectation(outcome: Outcome): object {
  const { cache_write: _, ...usage } = outcome.usage;
  return {
    text: outcome.text,
    refusal: outcome.refusal,
    reasoning: outcome.reasoning,
    calls: outcome.tool_calls.map((call) => [call.name, call.custom_input ?? call.arguments]),
    usage,
  };
}

const streams = answerFixtures.flatMap(({ id, transcripts }) =>
  Object.entries(transcripts)
    .filter(([protocol, { sse }]) => translators.has(protocol) && sse)
    .map(([protocol, { sse = [] }]) => ({ name: `${id} in ${protocol}`, protocol, sse })),
);

describe('a stream that is cut in two', () => {
  it.each(streams)('means the same wherever it is cut: $name', ({ protocol, sse }) => {
    const translator = translatorOf(protocol);
    const bytes = bytesOf(sse);
    const whole = decodeChunks(translator, [bytes]);
    for (let at = 1; at < bytes.length; at += 1) {
      const halves = decodeChunks(translator, [bytes.subarray(0, at), bytes.subarray(at)]);
      if (JSON.stringify(halves) !== JSON.stringify(whole))
        expect(halves, `cut at byte ${at}`).toEqual(whole);
    }
    expect(whole.at(-1)?.type).toMatch(/finish|failure/);
  });

  it.each(streams)('fails where its end is missing: $name', ({ protocol, sse }) => {
    const translator = translatorOf(protocol);
    const cut = decodeChunks(translator, [bytesOf(sse.slice(0, 1))]);
    expect(cut.at(-1)?.type).toMatch(/failure|finish/);
    expect(cut.filter(({ type }) => type === 'finish' || type === 'failure')).toHaveLength(1);
  });
});

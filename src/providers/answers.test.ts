import { describe, expect, it } from 'vitest';
import { ANSWERED_AT, bodyOf, problemsOf, readCorpus } from '../../test/answers/corpus.ts';
import type { AnswerCase } from '../../test/answers/form.ts';
import type { Outcome } from '../outcome.ts';
import { noRests } from '../rotation/rests.ts';
import { rest } from '../rotation/resting.ts';
import { sharedRows } from './classify.ts';
import { statusOfErrorBody } from './error-object.ts';
import type { Provider } from './provider.ts';
import { builtInProviders, endpointKinds, makeRegistry } from './registry.ts';

const corpus = readCorpus();
const registry = makeRegistry({
  endpoints: [
    { id: 'compatible', label: 'Any server', baseUrl: 'http://127.0.0.1:8080/v1' },
    ...endpointKinds.map(({ id }) => ({ id, kind: id, baseUrl: 'https://acme.example/v1' })),
  ],
});

function providerOf({ provider }: AnswerCase): Provider {
  const found = registry.get(provider);
  if (found === undefined) throw new Error(`There is no provider ${provider}.`);
  return found;
}

function classify(answer: AnswerCase): Outcome {
  const { status, headers, model } = answer;
  return providerOf(answer).classify({ status, headers, model, body: bodyOf(answer), now: ANSWERED_AT });
}

/** What rests after an outcome where nothing was wrong before, without the jitter. */
function restAfter({ provider, model }: AnswerCase, outcome: Outcome): AnswerCase['rest'] {
  const moment = { now: ANSWERED_AT, chance: 0, request: 1 };
  const { rests } = rest(noRests, { account: 'account', provider, model }, outcome, moment);
  const [only, ...others] = rests;
  if (only === undefined) return { scope: 'none', ms: 0 };
  const [key, { until }] = only;
  expect(others).toEqual([]);
  expect(['account', `account ${model}`]).toContain(key);
  return { scope: key === 'account' ? 'account' : 'account-model', ms: until - ANSWERED_AT };
}

describe('the corpus of answers', () => {
  it('is large, and has cases of every provider', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(80);
    const judges = new Set(corpus.map(({ answer }) => answer.provider));
    expect(builtInProviders.map(({ id }) => id).filter((id) => !judges.has(id))).toEqual([]);
  });

  it('has a limit and a refused credential of every provider; servers of one’s own have neither', () => {
    const remote = builtInProviders.filter(({ isLocal }) => isLocal !== true);
    const missing = [...remote, ...endpointKinds].flatMap(({ id }) => {
      const own = corpus.filter(({ answer }) => answer.provider === id);
      const kinds = new Set(own.map(({ answer }) => answer.expected.kind));
      const isLimited = (['throttle', 'window-spent', 'billing'] as const).some((kind) => kinds.has(kind));
      return [...(isLimited ? [] : [`${id}: limit`]), ...(kinds.has('auth') ? [] : [`${id}: auth`])];
    });
    expect(missing).toEqual([]);
  });

  it('has every kind of outcome that an answer can teach', () => {
    const taught = new Set(corpus.map(({ answer }) => answer.expected.kind));
    // The other two have no refusal to read: nothing came in time, or a proper answer with nothing in it.
    expect([...taught].toSorted()).toEqual([
      'affinity',
      'auth',
      'billing',
      'blocked',
      'capability',
      'overload',
      'policy',
      'request',
      'throttle',
      'transport',
      'window-spent',
    ]);
  });

  it('has a case for every row that all providers share', () => {
    const told = new Set(corpus.map(({ answer }) => classify(answer).signal));
    expect(sharedRows.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
  });

  it('gives an error inside a stream the status that it stands for', () => {
    const inStream = corpus.filter(({ answer }) => answer.headers['content-type']?.includes('event-stream'));
    expect(inStream.length).toBeGreaterThan(5);
    const wrong = inStream.filter(({ answer }) => statusOfErrorBody(bodyOf(answer)) !== answer.status);
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('has no two cases of one name, and each in the folder of its vendor', () => {
    const names = corpus.map(({ answer }) => answer.name);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
    const astray = corpus.filter(({ vendor, answer }) => (answer.vendor ?? answer.provider) !== vendor);
    expect(astray.map(({ path }) => path)).toEqual([]);
    // `OpenAI: …`; the page of all cases has it as the heading of the vendor.
    const labels = new Set(
      corpus.map(({ vendor, answer }) => `${vendor} ${answer.name.split(': ')[0] ?? ''}`),
    );
    expect(labels.size).toBe(new Set(corpus.map(({ vendor }) => vendor)).size);
    const owned = corpus.filter(({ answer }) => answer.provider !== 'compatible' && answer.vendor);
    expect(owned.map(({ path }) => path)).toEqual([]);
  });

  const [{ answer: sample } = { answer: undefined }] = corpus;
  it.each<[string, object]>([
    ['a member that nobody knows', { ...sample, note: 'x' }],
    ['an expectation that nobody knows', { ...sample, expected: { ...sample?.expected, until: 1 } }],
    ['a wait without its place', { ...sample, expected: { kind: 'throttle', scope: 'account', waitMs: 1 } }],
    ['no source', { ...sample, source: undefined }],
    ['a source in words', { ...sample, source: 'somewhere' }],
    ['a source without a date', { ...sample, source: { address: 'https://docs.example.com/errors' } }],
    ['a kind that does not exist', { ...sample, expected: { kind: 'quota', scope: 'account' } }],
    ['a header in capitals', { ...sample, headers: { 'Retry-After': '1' } }],
    ['no rest', { ...sample, rest: undefined }],
  ])('refuses a file with %s', (_what, content) => {
    expect(problemsOf(sample)).toEqual([]);
    expect(problemsOf(structuredClone(content))).not.toEqual([]);
  });
});

describe.each(corpus)('$path', ({ answer }) => {
  it('is understood, with its wait and its windows, and rests what it should', () => {
    const outcome = classify(answer);
    const { kind, scope, waitMs, waitFrom, status } = outcome;
    expect({ kind, scope, waitMs, waitFrom }).toEqual({
      waitMs: undefined,
      waitFrom: undefined,
      ...answer.expected,
    });
    expect(status).toBe(answer.status);
    expect(providerOf(answer).quota?.(answer.headers, ANSWERED_AT) ?? []).toEqual(answer.windows ?? []);
    expect(restAfter(answer, outcome)).toEqual(answer.rest);
  });
});

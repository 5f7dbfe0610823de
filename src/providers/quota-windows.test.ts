import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuotaWindow } from '../outcome.ts';
import { anthropicWindows } from './anthropic-windows.ts';
import { codexWindows } from './codex-windows.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { bucketWindows } from './quota-windows.ts';

/** 2026-11-20T10:00:00Z */
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const SECONDS = NOW / 1000;

/** A window in one line: name, scope, used share, seconds until the reset, refill. */
function line({ name, scope, used, resetsAt, refill }: QuotaWindow): string {
  return [name, scope, Number(used.toFixed(3)), (resetsAt - NOW) / 1000, refill].join(' ');
}

const bucket = (name: string, limit: string, remaining: string, reset: string) => ({
  [`x-ratelimit-limit${name}`]: limit,
  [`x-ratelimit-remaining${name}`]: remaining,
  [`x-ratelimit-reset${name}`]: reset,
});

describe('buckets in x-ratelimit headers', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['a duration', bucket('-requests', '5000', '4999', '12ms'), ['requests account-model 0 0.012 gradual']],
    ['minutes', bucket('-tokens', '160000', '40000', '6m0s'), ['tokens account-model 0.75 360 gradual']],
    ['seconds', bucket('-tokens', '100', '0', '59'), ['tokens account-model 1 59 gradual']],
    ['a moment', bucket('-tokens', '10', '5', String(SECONDS + 90)), ['tokens account-model 0.5 90 gradual']],
    [
      'a moment by a clock that is a minute ahead',
      { ...bucket('-tokens', '10', '5', String(SECONDS + 150)), date: 'Fri, 20 Nov 2026 10:01:00 GMT' },
      ['tokens account-model 0.5 90 gradual'],
    ],
    [
      'a bucket of the day',
      bucket('-requests-day', '14400', '14400', '50400.5'),
      ['requests-day account-model 0 50400.5 at-once'],
    ],
    ['one bucket', bucket('', '20', '5', '30'), ['requests account-model 0.75 30 gradual']],
    ['no limit', { 'x-ratelimit-remaining-tokens': '3', 'x-ratelimit-reset-tokens': '1s' }, []],
    ['no reset', { 'x-ratelimit-limit-tokens': '9', 'x-ratelimit-remaining-tokens': '3' }, []],
    ['no remainder', { 'x-ratelimit-limit-tokens': '9', 'x-ratelimit-reset-tokens': '1s' }, []],
    ['what is not counted', bucket('-tokens', '-1', '-1', '0'), []],
    ['a limit of nothing', bucket('-tokens', '0', '0', '1s'), []],
    ['more left than there is', bucket('-tokens', '10', '11', '1s'), []],
    ['words', bucket('-tokens', 'many', 'some', 'soon'), []],
    ['nothing of the kind', { 'content-type': 'application/json' }, []],
  ])('%s', (_name, headers, lines) => {
    expect(bucketWindows(headers, NOW).map(line)).toEqual(lines);
  });
});

describe("Anthropic's windows", () => {
  const headers = (prefix: string, members: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [`anthropic-ratelimit-${prefix}${name}`, value]),
    );
  const at = (seconds: number) => String(SECONDS + seconds);

  it.each<[string, Record<string, string>, string[]]>([
    [
      'the buckets of a key',
      {
        ...headers('requests-', { limit: '50', remaining: '49', reset: '2026-11-20T10:00:01Z' }),
        ...headers('input-tokens-', { limit: '30000', remaining: '0', reset: '2026-11-20T10:01:00Z' }),
      },
      ['requests account-model 0.02 1 gradual', 'input-tokens account-model 1 60 gradual'],
    ],
    [
      'a bucket without a limit',
      headers('requests-', { remaining: '49', reset: '2026-11-20T10:00:01Z' }),
      [],
    ],
    ['a bucket without a reset', headers('requests-', { limit: '50', remaining: '49' }), []],
    [
      'the windows of a plan',
      headers('unified-', {
        status: 'allowed',
        reset: at(60),
        'overage-status': 'rejected',
        'overage-reset': at(60),
        '5h-status': 'allowed',
        '5h-utilization': '0.42',
        '5h-reset': at(7200),
        '7d_sonnet-utilization': '1.02',
        '7d_sonnet-reset': at(86_400),
      }),
      ['5h account 0.42 7200 at-once', '7d_sonnet account-model 1.02 86400 at-once'],
    ],
    [
      'a window that lets nothing through, whatever its share',
      headers('unified-', { '7d-status': 'rejected', '7d-utilization': '0.99', '7d-reset': at(60) }),
      ['7d account 1 60 at-once'],
    ],
    ['a window without its use', headers('unified-', { '5h-status': 'allowed', '5h-reset': at(60) }), []],
    ['a window without its reset', headers('unified-', { '5h-utilization': '0.1' }), []],
    ['nothing of the kind', { 'content-type': 'application/json' }, []],
  ])('%s', (_name, answered, lines) => {
    expect(anthropicWindows(answered, NOW).map(line)).toEqual(lines);
  });
});

describe('the windows of a ChatGPT plan', () => {
  const window = (slot: string, used: string, minutes: string, after: string, at = '') => ({
    [`x-codex-${slot}-used-percent`]: used,
    [`x-codex-${slot}-window-minutes`]: minutes,
    [`x-codex-${slot}-reset-after-seconds`]: after,
    [`x-codex-${slot}-reset-at`]: at,
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      'two of them',
      {
        ...window('primary', '12.5', '300', '900', String(SECONDS + 900)),
        ...window('secondary', '100', '10080', '90000'),
      },
      ['5h account 0.125 900 at-once', '7d account 1 90000 at-once'],
    ],
    ['one whose values are all zero', window('secondary', '0', '0', '0'), []],
    [
      'a reset that has passed, with a time to wait',
      window('primary', '5', '30', '60', String(SECONDS - 5)),
      ['30m account 0.05 60 at-once'],
    ],
    ['no length', window('primary', '5', '', '60'), ['primary account 0.05 60 at-once']],
    [
      'a family of models',
      window('spark-primary', '7', '300', '60'),
      ['spark-5h account-model 0.07 60 at-once'],
    ],
    [
      'a percentage of something else',
      { 'x-codex-other-used-percent': '5', 'x-codex-other-reset-at': '1' },
      [],
    ],
    ['no reset', { 'x-codex-primary-used-percent': '5' }, []],
  ])('%s', (_name, headers, lines) => {
    expect(codexWindows(headers, NOW).map(({ window: read }) => line(read))).toEqual(lines);
  });

  it('stand beside the buckets', () => {
    const headers = { ...bucket('-tokens', '10', '5', '1s'), ...window('primary', '50', '300', '60') };
    expect(openai.quota?.(headers, NOW).map(line)).toEqual([
      'tokens account-model 0.5 1 gradual',
      '5h account 0.5 60 at-once',
    ]);
  });
});

it("OpenRouter's bucket of a day comes back at once, its bucket of a minute bit by bit", () => {
  const refill = (waitMs: number) =>
    openrouter.quota?.(bucket('', '50', '0', String(NOW + waitMs)), NOW).map((window) => window.refill);
  expect(refill(14 * 3_600_000)).toEqual(['at-once']);
  expect(refill(30_000)).toEqual(['gradual']);
});

describe('whatever an upstream sends', () => {
  const names = fc.constantFrom(
    'date',
    ...['', '-requests', '-tokens-day'].flatMap((name) =>
      ['limit', 'remaining', 'reset'].map((part) => `x-ratelimit-${part}${name}`),
    ),
    ...['limit', 'remaining', 'reset'].map((part) => `anthropic-ratelimit-tokens-${part}`),
    ...['status', 'utilization', 'reset'].map((part) => `anthropic-ratelimit-unified-5h-${part}`),
    ...['used-percent', 'window-minutes', 'reset-at', 'reset-after-seconds'].map(
      (part) => `x-codex-primary-${part}`,
    ),
  );
  const values = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom('0', '-1', 'rejected', '9'.repeat(400), '1h2m3.5s', 'Infinity', String(SECONDS)),
  );

  it('a window has a finite use of at least nothing, and a finite reset', () => {
    const windows = fc.property(fc.dictionary(names, values, { maxKeys: 20 }), (headers) => {
      const read = [...(openai.quota?.(headers, NOW) ?? []), ...anthropicWindows(headers, NOW)];
      for (const { used, resetsAt } of read) {
        expect(Number.isFinite(used) && used >= 0).toBe(true);
        expect(Number.isFinite(resetsAt)).toBe(true);
      }
    });
    fc.assert(windows, { numRuns: 2000 });
  });
});

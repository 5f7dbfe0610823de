import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseErrorBody } from './error-object.ts';
import type { Hints } from './hints.ts';
import { emptyBucketWait, readWait } from './retry-after.ts';
import { MAX_WAIT_MS } from './wait-values.ts';

/** 2026-11-20T10:00:00Z, a Friday; 02:00 in California. */
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const SECONDS = NOW / 1000;

function hints(headers: Record<string, string | undefined>, body: unknown = ''): Hints {
  return { headers, now: NOW, error: parseErrorBody(JSON.stringify(body)) };
}

const retryInfo = (retryDelay: unknown) => ({
  error: { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }] },
});

describe('an explicit wait', () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ['whole seconds', { 'retry-after': '20' }, 20_000],
    ['decimal seconds', { 'retry-after': '0.85' }, 850],
    ['no wait at all', { 'retry-after': '0' }, undefined],
    ['no wait at all, in milliseconds, beside one', { 'retry-after-ms': '0', 'retry-after': '2' }, 2000],
    ['a header that came twice', { 'retry-after': '20, 20' }, 20_000],
    ['milliseconds', { 'retry-after-ms': '850' }, 850],
    ['milliseconds outrank seconds', { 'retry-after-ms': '850', 'retry-after': '1' }, 850],
    ['unreadable milliseconds give way', { 'retry-after-ms': 'soon', 'retry-after': '1' }, 1000],
    ['IMF-fixdate', { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' }, 30_000],
    ['RFC 850', { 'retry-after': 'Friday, 20-Nov-26 10:00:30 GMT' }, 30_000],
    ['asctime', { 'retry-after': 'Fri Nov 20 10:00:30 2026' }, 30_000],
    [
      'a date by a clock that is an hour ahead',
      { 'retry-after': 'Fri, 20 Nov 2026 11:00:30 GMT', date: 'Fri, 20 Nov 2026 11:00:00 GMT' },
      30_000,
    ],
    ['a date that has passed', { 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }, undefined],
    ['a date in the last century', { 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, undefined],
    ['a date decades ahead', { 'retry-after': 'Wed, 20 Nov 2052 10:00:00 GMT' }, undefined],
    ['a moment in place of seconds', { 'retry-after': String(SECONDS + 60) }, 60_000],
    ['negative', { 'retry-after': '-5' }, undefined],
    ['not a number', { 'retry-after': 'NaN' }, undefined],
    ['empty', { 'retry-after': '' }, undefined],
    ['a month', { 'retry-after': '2592000' }, MAX_WAIT_MS],
    ['more than a year', { 'retry-after': '40000000' }, undefined],
    ['beyond every number', { 'retry-after': '9'.repeat(400) }, undefined],
  ])('%s', (_name, headers, waitMs) => {
    expect(readWait(hints(headers))?.waitMs).toBe(waitMs);
  });

  it.each<[unknown, number | undefined]>([
    ['34.074824224s', 34_075],
    ['7s', 7000],
    ['-7s', undefined],
    [7, undefined],
    ['', undefined],
  ])('RetryInfo %j', (delay, waitMs) => {
    expect(readWait(hints({}, retryInfo(delay)))?.waitMs).toBe(waitMs);
  });

  it('in a header outranks RetryInfo', () => {
    expect(readWait(hints({ 'retry-after': '3' }, retryInfo('9s')))).toEqual({
      waitMs: 3000,
      waitFrom: 'retry-after',
    });
  });
});

describe('the reset of buckets', () => {
  it.each<[string, number | undefined]>([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['12ms', 12],
    ['1h2m3.5s', 3_723_500],
    ['11.5', 11_500],
    [String(SECONDS + 90), 90_000],
    [String((SECONDS + 90) * 1000), 90_000],
    ['2026-11-20T10:01:30Z', 90_000],
    [String(SECONDS - 90), undefined],
    ['400h', MAX_WAIT_MS],
  ])('reads %s', (reset, waitMs) => {
    const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': reset };
    expect(readWait(hints(headers))?.waitMs).toBe(waitMs);
  });

  it('counts only buckets in which nothing remains, and of those the latest', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1s',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-20T10:00:12Z',
      'anthropic-ratelimit-requests-remaining': '1',
      'anthropic-ratelimit-requests-reset': '2026-11-20T11:00:00Z',
      'x-ratelimit-reset-unknown': '1h',
    };
    expect(readWait(hints(headers))).toEqual({
      waitMs: 12_000,
      waitFrom: 'anthropic-ratelimit-input-tokens-reset',
    });
  });

  it.each(['', ' ', 'none', undefined])(
    'takes a remainder of %j for unknown, not for nothing',
    (remaining) => {
      const headers = { 'x-ratelimit-remaining-tokens': remaining, 'x-ratelimit-reset-tokens': '1m' };
      expect(emptyBucketWait(hints(headers))).toBeUndefined();
    },
  );

  it('gives way to an explicit wait', () => {
    const headers = {
      'retry-after': '2',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m',
    };
    expect(readWait(hints(headers))?.waitMs).toBe(2000);
  });
});

describe('the wait of a spent window', () => {
  it('outranks an explicit wait', () => {
    const answer = hints({ 'retry-after': '5' }, { error: { resets_at: SECONDS + 5400 } });
    expect(readWait(answer)).toEqual({ waitMs: 5_400_000, waitFrom: 'resets_at' });
  });

  it('is clamped at eight days', () => {
    expect(readWait(hints({}, { error: { resets_at: SECONDS + 30 * 86_400 } }))?.waitMs).toBe(MAX_WAIT_MS);
  });
});

describe('whatever an upstream sends', () => {
  const names = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'date',
    'x-ratelimit-remaining-tokens',
    'x-ratelimit-reset-tokens',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'anthropic-ratelimit-tokens-remaining',
    'anthropic-ratelimit-tokens-reset',
    'anthropic-ratelimit-unified-status',
    'anthropic-ratelimit-unified-reset',
    'anthropic-ratelimit-unified-5h-utilization',
    'anthropic-ratelimit-unified-5h-reset',
  );
  const values = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom('0', 'rejected', '-1s', '1h2m3.5s', '1e999', 'Friday, 99-Nov-99 99:99:99 GMT'),
  );
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.record({ error: fc.record({ resets_at: fc.jsonValue(), resets_in_seconds: fc.jsonValue() }) }),
    fc.jsonValue().map(retryInfo),
    fc.jsonValue().map((details) => ({ error: { details: [details] } })),
  );

  it('a wait is a whole number, more than 0 and up to eight days, or there is none', () => {
    const waits = fc.property(fc.dictionary(names, values), bodies, (headers, body) => {
      const wait = readWait(hints(headers, body));
      if (wait === undefined) return;
      const { waitMs, waitFrom } = wait;
      expect(waitFrom).not.toBe('');
      expect(Number.isInteger(waitMs)).toBe(true);
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(MAX_WAIT_MS);
    });
    fc.assert(waits, { numRuns: 2000 });
  });
});

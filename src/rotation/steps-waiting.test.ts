import { describe, expect, it } from 'vitest';
import {
  broken,
  HOUR,
  lacking,
  ok,
  overload,
  play,
  refused,
  resting,
  SECOND,
  spent,
  throttle,
  unreadable,
} from '../../test/rotation/playbook.ts';
import { candidate, type Answer, type World } from '../../test/rotation/scripted-world.ts';

type Row = readonly [string, Readonly<Record<string, readonly Answer[]>>, Partial<World>, string];

describe('the playbook of waiting', () => {
  const held: readonly Row[] = [
    [
      'the soonest of the limits is waited for',
      { a: [throttle, ok], b: [spent] },
      { holdMs: 60 * SECOND },
      'a:throttle b:window-spent wait 20900 a:ok = success',
    ],
    [
      'also where nobody was asked',
      { a: [ok] },
      { holdMs: 30 * SECOND, health: resting('a', throttle) },
      'wait 20000 a:ok = success',
    ],
    [
      'not without a pause, however short the limit',
      { a: [{ ...throttle, waitMs: 1 }, ok] },
      { holdMs: 10 * SECOND },
      'a:throttle wait 250 a:ok = success',
    ],
    ['not beyond its end', { a: [throttle, ok] }, { holdMs: 10 * SECOND }, 'a:throttle = quota'],
    [
      'not beyond its retries',
      { a: [broken, ok], b: [ok] },
      { requestRetry: 0, holdMs: HOUR },
      'a:transport = transport',
    ],
    [
      'not beyond them where nobody rests either',
      { a: [overload, ok], b: [ok] },
      { requestRetry: 0, holdMs: HOUR },
      'a:overload = overload',
    ],
    ['not what waiting does not mend', { a: [lacking, ok] }, { holdMs: HOUR }, 'a:capability = refused'],
  ];
  it.each(held)('a client that would rather wait: %s', (_, script, more, expected) => {
    expect(play(script, more)).toBe(expected);
  });

  const readable: readonly Row[] = [
    [
      'back to the owner as soon as its short rest is over',
      { a: [ok], b: [unreadable] },
      { owner: 'a', health: resting('a', { ...throttle, waitMs: 3 * SECOND }) },
      'b:affinity wait 2900 a:ok = success',
    ],
    [
      'back to the owner that has failed by chance',
      { a: [broken, ok], b: [unreadable] },
      { owner: 'a' },
      'a:transport b:affinity wait 150 a:ok = success',
    ],
    [
      'back to it within the retries and no further',
      { a: [broken], b: [unreadable] },
      { owner: 'a', requestRetry: 1 },
      'a:transport b:affinity wait 150 a:transport = transport',
    ],
    [
      'an owner that rests long is named with its time, and others are not asked in vain',
      { a: [ok], b: [unreadable], c: [unreadable] },
      { owner: 'a', health: resting('a', throttle) },
      'b:affinity = quota',
    ],
    ['nobody owns it', { a: [unreadable], b: [ok] }, {}, 'a:affinity = deliver'],
    ['the owner itself cannot read it', { a: [unreadable], b: [ok] }, { owner: 'a' }, 'a:affinity = deliver'],
    ['the owner is gone', { a: [unreadable], b: [ok] }, { owner: 'gone' }, 'a:affinity = deliver'],
    [
      'the owner will not answer by itself',
      { a: [{ ...refused }], b: [unreadable] },
      { owner: 'a', candidates: [candidate('a', { refreshable: false }), candidate('b')] },
      'a:auth b:affinity = deliver',
    ],
  ];
  it.each(readable)('what only its owner can read: %s', (_, script, more, expected) => {
    expect(play(script, more)).toBe(expected);
  });
});

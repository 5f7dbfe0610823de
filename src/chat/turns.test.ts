import { describe, expect, it } from 'vitest';
import type { Turn } from './request.ts';
import { settleTurns, splitLeading } from './turns.ts';

const user: Turn = { role: 'user', parts: [{ type: 'text', text: 'go on' }] };

function calls(...ids: readonly string[]): Turn {
  return {
    role: 'assistant',
    parts: ids.map((id) => ({ type: 'tool-call', id, name: 'f', kind: 'function', input: '' })),
  };
}

function results(...told: readonly (readonly [string, string])[]): Turn {
  return {
    role: 'tool',
    parts: told.map(([callId, text]) => ({
      type: 'tool-result',
      callId,
      parts: [{ type: 'text', text }],
      isError: false,
    })),
  };
}

describe('results of tools', () => {
  it('come right behind their calls, in the order of the calls', () => {
    const settled = settleTurns([user, calls('a', 'b'), user, results(['b', '2']), results(['a', '1'])]);
    expect(settled).toEqual([user, calls('a', 'b'), results(['a', '1'], ['b', '2']), user]);
  });

  it('belong to the latest call of that id: some servers count anew in every turn', () => {
    const settled = settleTurns([
      calls('0'),
      results(['0', 'first']),
      user,
      calls('0'),
      results(['0', 'second']),
    ]);
    expect(settled).toEqual([
      calls('0'),
      results(['0', 'first']),
      user,
      calls('0'),
      results(['0', 'second']),
    ]);
  });

  it('count as told last', () => {
    expect(settleTurns([calls('a'), results(['a', 'old'], ['a', 'new'])])).toEqual([
      calls('a'),
      results(['a', 'new']),
    ]);
  });

  it('without a call are refused by their id, and so are calls without a result', () => {
    expect(() => settleTurns([user, results(['lost', 'x'])])).toThrowError(/'lost'/);
    expect(() => settleTurns([user, calls('open'), user])).toThrowError(/'open'/);
    expect(() => settleTurns([user, calls('open')])).toThrowError(/'open'/);
  });
});

it('what leads a conversation is apart from what is said in its middle', () => {
  const system: Turn = { role: 'system', rank: 'system', parts: [{ type: 'text', text: 'Be brief.' }] };
  expect(splitLeading([system, system, user, system])).toEqual({
    leading: [system, system],
    rest: [user, system],
  });
  expect(splitLeading([system])).toEqual({ leading: [system], rest: [] });
});

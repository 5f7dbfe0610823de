import { describe, expect, it } from 'vitest';
import { inTurn } from './in-turn.ts';

const late = (): Error => new Error('late');

describe('inTurn', () => {
  it('does one call at a time, in order, and goes on after a failed one', async () => {
    const turn = inTurn(10_000, late);
    const seen: string[] = [];
    const call = (name: string) => async (): Promise<string> => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    };
    const results = await Promise.allSettled([turn(call('a')), turn(call('b')), turn(call('c'))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('stops waiting for a call that does not end, and never makes one that was given up', async () => {
    const turn = inTurn(20, late);
    let finish: () => void = () => undefined;
    const hanging = turn(() => new Promise<void>((resolve) => (finish = resolve)));
    let made = false;
    const behind = turn(async () => void (made = true));
    await expect(hanging).rejects.toThrow('late');
    await expect(behind).rejects.toThrow('late');
    finish();
    expect(await turn(() => Promise.resolve('next'))).toBe('next');
    expect(made).toBe(false);
  });
});

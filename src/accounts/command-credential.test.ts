import { describe, expect, it } from 'vitest';
import { failureOf, START_MS } from '../../test/rig/accounts.ts';
import { world } from '../../test/rig/tokens.ts';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import type { CommandCredential } from './credential.ts';
import type { PrintToken } from './printed-token.ts';

const LIFE_MS = 300_000;
const command: CommandCredential = { kind: 'command', argv: ['tool', 'print'], lifetimeMs: LIFE_MS };

/** A daemon whose one account has a tool that prints `token-1`, `token-2` …, or what `tokens` says. */
async function printingWorld(tokens: (run: number) => string = (run) => `token-${run}`) {
  let runs = 0;
  const clock = { now: () => START_MS };
  const printToken: PrintToken = async () => {
    runs += 1;
    const issuedAt = clock.now();
    return { secret: new Secret(tokens(runs)), issuedAt, expiresAt: issuedAt + LIFE_MS };
  };
  const made = await world({ credential: command, printToken });
  clock.now = made.time.clock.now;
  const secret = async () => (await made.tokens.secretFor('one')).reveal();
  return { ...made, secret, runs: () => runs };
}

describe('an account whose token a command prints', () => {
  it('runs it when the token is needed, once for all who ask, and not again while it lives', async () => {
    const { tokens, secret, runs, time } = await printingWorld();
    expect(runs()).toBe(0);
    expect(tokens.status('one')?.state).toBe('ready');
    const all = await Promise.all(Array.from({ length: 20 }, secret));
    expect(new Set(all)).toEqual(new Set(['token-1']));
    time.advance(LIFE_MS / 2);
    expect(await secret()).toBe('token-1');
    expect(tokens.peek('one')?.reveal()).toBe('token-1');
    expect(runs()).toBe(1);
  });

  it('runs it ahead of the end where the account is in use, and not where it rests', async () => {
    const { tokens, secret, runs, time } = await printingWorld();
    await secret();
    time.advance(LIFE_MS);
    expect(runs()).toBe(1);
    expect(tokens.peek('one')).toBeUndefined();
    expect(await secret()).toBe('token-2');
    expect(await secret()).toBe('token-2');
    time.advance(0.9 * LIFE_MS);
    await tokens.loaded();
    expect(runs()).toBe(3);
    expect(tokens.peek('one')?.reveal()).toBe('token-3');
  });

  it('keeps no token in the store', async () => {
    const { secret, store, stored } = await printingWorld();
    await secret();
    expect(store.written).toEqual([]);
    expect(stored()).toEqual(command);
  });

  it('runs it anew after a refusal, once for all who were refused', async () => {
    const { tokens, secret, runs } = await printingWorld();
    const used = new Secret(await secret());
    const renewed = await Promise.all([1, 2, 3].map(() => tokens.refreshNow('one', used)));
    expect(renewed.map((one) => (one === 'cannot' ? one : one.reveal()))).toEqual(Array(3).fill('token-2'));
    expect(runs()).toBe(2);
    const late = await tokens.refreshNow('one', used);
    expect(late !== 'cannot' && late.equals('token-2')).toBe(true);
    expect(runs()).toBe(2);
  });

  it('cannot do better where it prints again what was refused', async () => {
    const { tokens, secret } = await printingWorld(() => 'the same');
    expect(await tokens.refreshNow('one', new Secret(await secret()))).toBe('cannot');
  });

  it('says why it has none, is left alone for a while, and needs no sign-in', async () => {
    let runs = 0;
    const printToken: PrintToken = async () => {
      runs += 1;
      if (runs > 1) return { secret: new Secret('t'), issuedAt: START_MS, expiresAt: START_MS + LIFE_MS };
      throw new RotaError({ kind: 'refresh', final: false, message: 'The command gave no token.' });
    };
    const { tokens, time, records } = await world({ credential: command, printToken });
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'refresh', final: false });
    }
    expect(runs).toBe(1);
    expect(tokens.status('one')).toMatchObject({ state: 'expired', problem: 'The command gave no token.' });
    expect((await records.read()).accounts[0]).not.toHaveProperty('needsLogin');
    time.advance(5_000);
    await tokens.loaded();
    expect((await tokens.secretFor('one')).reveal()).toBe('t');
    expect(tokens.status('one')?.state).toBe('ready');
  });

  it('stops it at the end', async () => {
    let signal: AbortSignal | undefined;
    const printToken: PrintToken = (_command, given) => {
      signal = given;
      return new Promise((_resolve, reject) => {
        given?.addEventListener('abort', () =>
          reject(new RotaError({ kind: 'cancelled', message: 'Cancelled.' })),
        );
      });
    };
    const { tokens, lines } = await world({ credential: command, printToken });
    const failure = failureOf(tokens.secretFor('one'));
    await Promise.resolve();
    await tokens.close();
    expect(signal?.aborted).toBe(true);
    expect(await failure).toMatchObject({ kind: 'cancelled' });
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});

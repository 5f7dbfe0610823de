import type { OutcomeKind } from '../outcome.ts';
import {
  isOfAccount,
  isOfProvider,
  isWide,
  keysOf,
  modelOf,
  NETWORK_KEY,
  type RestKey,
  type TargetKeys,
} from './keys.ts';
import type { Sign } from './signs.ts';
import type { SeenWindow } from './windows.ts';

/** Why something is left alone, and until when. After that it is on trial: one attempt, and the others wait for what comes of it. */
export interface Rest {
  readonly kind: OutcomeKind;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly status?: number;
  readonly detail?: string;
  /** Where the provider named the time; absent where it is our own estimate. */
  readonly waitFrom?: string;
}

/** What is known of the accounts and what lies between here and them. */
export interface Health {
  readonly rests: ReadonlyMap<RestKey, Rest>;
  /** How often each key failed in a row without a hint from the provider. */
  readonly streaks: ReadonlyMap<RestKey, number>;
  /** Recent failures that may have a cause wider than an account. */
  readonly signs: readonly Sign[];
  /** By account: its quota windows, as its latest answers told them. */
  readonly windows: ReadonlyMap<string, readonly SeenWindow[]>;
}

export const noRests: Health = { rests: new Map(), streaks: new Map(), signs: [], windows: new Map() };

/** Kinds that are guesses of ours about what passes by itself: one success takes the rest back, and waiting a moment may be all it takes. */
const softKinds: ReadonlySet<OutcomeKind> = new Set(['overload', 'transport', 'slow', 'blocked']);

export function isSoft(kind: OutcomeKind): boolean {
  return softKinds.has(kind);
}

/** Whether a rest is ours to doubt: no provider named its time, and what it is for passes by itself. */
export function isGuess(key: RestKey, { kind, waitFrom }: Rest): boolean {
  return waitFrom === undefined && (isSoft(kind) || isWide(key));
}

/** A rest and what rests. */
export interface OpenRest {
  readonly key: RestKey;
  readonly rest: Rest;
}

/**
 * The rest that keeps a target from being used now: the longest, where several are open.
 * @param except a key whose rest does not count
 */
export function openRest(
  { rests }: Health,
  keys: TargetKeys,
  now: number,
  except?: RestKey,
): OpenRest | undefined {
  if (rests.size === 0) return undefined;
  let longest: OpenRest | undefined;
  for (const key of keys.all) {
    const rest = key === except ? undefined : rests.get(key);
    if (rest && rest.until > now && rest.until > (longest?.rest.until ?? 0)) longest = { key, rest };
  }
  return longest;
}

/** Rests whose time is over and that no success has ended yet: whoever goes there now is the one on trial. */
export function endedRests({ rests }: Health, keys: TargetKeys, now: number): readonly RestKey[] {
  if (rests.size === 0) return NONE;
  let ended: RestKey[] | undefined;
  for (const key of keys.all) if ((rests.get(key)?.until ?? Infinity) <= now) (ended ??= []).push(key);
  return ended ?? NONE;
}

const NONE: readonly RestKey[] = [];

/**
 * A success ends the row of failures, rests whose time is over, and those that were guesses. One that was under way before a
 * limit was met says nothing about that limit.
 * @param startedAt when the attempt began, in milliseconds since the epoch
 */
export function recover(health: Health, keys: TargetKeys, startedAt: number, now: number): Health {
  const { rests, streaks, signs } = health;
  if (rests.size === 0 && streaks.size === 0 && signs.length === 0) return health;
  const ended = keys.all.filter((key) => {
    const rest = rests.get(key);
    if (rest === undefined) return streaks.has(key);
    if (startedAt < rest.since) return isSoft(rest.kind) && isGuess(key, rest);
    return rest.until <= now || isGuess(key, rest);
  });
  const refutes = (sign: Sign) => sign.at <= startedAt && keysOf(sign).provider === keys.provider;
  const isRefuted = signs.some(refutes);
  if (ended.length === 0 && !isRefuted) return health;
  return {
    ...health,
    rests: without(rests, ended),
    streaks: without(streaks, ended),
    signs: isRefuted ? signs.filter((sign) => !refutes(sign)) : signs,
  };
}

/** The map less some of its keys; the same one where it holds none of them. */
export function without<V>(map: ReadonlyMap<string, V>, keys: readonly string[]): ReadonlyMap<string, V> {
  if (!keys.some((key) => map.has(key))) return map;
  const left = new Map(map);
  for (const key of keys) left.delete(key);
  return left;
}

/**
 * Clears what an account rests for, and what its windows told; all of it where no account is named. What the account
 * shares with others goes too: whoever asks wants it used now.
 * @param model only what is for this model
 */
export function reset(
  health: Health,
  target?: { readonly account: string; readonly provider: string; readonly model?: string },
): Health {
  if (target === undefined) return noRests;
  const { account, provider, model } = target;
  const isMeant = (key: RestKey) =>
    isOfAccount(key, account) || key === NETWORK_KEY || isOfProvider(key, provider);
  const goes = (key: RestKey) => isMeant(key) && (model === undefined || modelOf(key) === model);
  const keeps = ([key]: [RestKey, unknown]) => !goes(key);
  const windows = new Map(health.windows);
  if (model === undefined) windows.delete(account);
  return {
    rests: new Map([...health.rests].filter(keeps)),
    streaks: new Map([...health.streaks].filter(keeps)),
    signs: health.signs.filter((sign) => sign.provider !== provider),
    windows,
  };
}

const KEPT_AFTER_MS = 15 * 60_000;

/**
 * Forgets what has been over for a quarter of an hour, so that the record does not grow for ever, and a row of failures ends.
 * Signs and windows that tell nothing any more go with it.
 */
export function prune(health: Health, now: number): Health {
  const isOver = (rest: Rest | undefined) => rest === undefined || rest.until + KEPT_AFTER_MS <= now;
  const isStale = ({ at }: Sign) => at + KEPT_AFTER_MS <= now;
  let over = health.signs.some(isStale);
  for (const rest of health.rests.values()) over ||= isOver(rest);
  if (!over) return health;
  return {
    rests: new Map([...health.rests].filter(([, rest]) => !isOver(rest))),
    streaks: new Map([...health.streaks].filter(([key]) => !isOver(health.rests.get(key)))),
    signs: health.signs.filter((sign) => !isStale(sign)),
    windows: new Map(
      [...health.windows].filter(([, windows]) => windows.some(({ resetsAt }) => resetsAt > now)),
    ),
  };
}

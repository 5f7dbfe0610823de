import type { Outcome, OutcomeKind } from '../outcome.ts';
import { isOfAccount, keysOf, NETWORK_KEY, type RestKey, type Target } from './keys.ts';

/** One failure that may have a cause wider than its account. A success that began later refutes it. */
export interface Sign extends Target {
  readonly kind: OutcomeKind;
  /** The request that met it: what one request meets everywhere may be that request's own doing. */
  readonly request: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Nothing came back at all: whatever the request says, that is not its doing. */
  readonly isSilent: boolean;
}

interface WideRule {
  readonly kinds: readonly OutcomeKind[];
  readonly withinMs: number;
  readonly baseMs: number;
  /** Each further failure doubles the rest, up to this. */
  readonly capMs: number;
}

/** How many overloads of one model, on whatever accounts, open the breaker. */
const OVERLOADS = 3;

const SECOND_MS = 1000;
const rules = {
  /** The provider has no capacity for a model. Each account would be told the same. */
  overload: { kinds: ['overload'], withinMs: 10 * SECOND_MS, baseMs: 2 * SECOND_MS, capMs: 60 * SECOND_MS },
  /** Limits without a word, met by several accounts at once: somebody counts them together. */
  throttle: { kinds: ['throttle'], withinMs: 5 * SECOND_MS, baseMs: SECOND_MS, capMs: 30 * SECOND_MS },
  /** Nothing works: the provider is down, or the way to it. */
  outage: {
    kinds: ['transport', 'blocked'],
    withinMs: 10 * SECOND_MS,
    baseMs: SECOND_MS,
    capMs: 15 * SECOND_MS,
  },
} as const satisfies Readonly<Record<string, WideRule>>;

const MOST_SIGNS = 64;

/** What a failure that names no time may be a sign of. */
export function ruleFor(outcome: Outcome): WideRule | undefined {
  if (outcome.waitMs) return undefined;
  return Object.values(rules).find(({ kinds }) => (kinds as readonly OutcomeKind[]).includes(outcome.kind));
}

export function signOf(target: Target, outcome: Outcome, request: number, at: number): Sign {
  const { account, provider, model } = target;
  const isSilent = outcome.status === undefined || outcome.kind === 'blocked';
  return { account, provider, model, kind: outcome.kind, request, at, isSilent };
}

export function withSign(signs: readonly Sign[], sign: Sign): readonly Sign[] {
  const recent = signs.filter(({ at }) => sign.at - at <= rules.outage.withinMs);
  return [...recent.slice(1 - MOST_SIGNS), sign];
}

/** What wider thing the signs point to, seen from the last of them; undefined while it may be the account alone. */
export function widerCause(signs: readonly Sign[], last: Sign, rule: WideRule): RestKey | undefined {
  const alike = signs.filter(({ kind, at }) => rule.kinds.includes(kind) && last.at - at <= rule.withinMs);
  const keys = keysOf(last);
  const here = alike.filter(({ provider }) => provider === last.provider);
  if (last.kind === 'overload') {
    return here.filter(({ model }) => model === last.model).length >= OVERLOADS
      ? keys.providerModel
      : undefined;
  }
  const silent = alike.filter(({ isSilent }) => isSilent);
  if (last.kind !== 'throttle' && countOf(silent, ({ provider }) => provider) > 1) return NETWORK_KEY;
  const isMany = countOf(here, ({ account }) => account) > 1;
  const isOneRequests = countOf(here, ({ request }) => request) === 1 && here.some((sign) => !sign.isSilent);
  if (!isMany || (last.kind !== 'throttle' && isOneRequests)) return undefined;
  return keys.provider;
}

function countOf(signs: readonly Sign[], of: (sign: Sign) => unknown): number {
  return new Set(signs.map(of)).size;
}

/** Whether a rest was made by one of the signs that turn out to have a wider cause. */
export function isMadeBy(key: RestKey, since: number, signs: readonly Sign[], rule: WideRule): boolean {
  return signs.some(
    (sign) => rule.kinds.includes(sign.kind) && since === sign.at && isOfAccount(key, sign.account),
  );
}

import type { Outcome } from '../../src/outcome.ts';
import { drawEpisodes, during, type Episode } from './episodes.ts';
import type { Random } from './random.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What goes wrong at a provider, or on the way to it, whichever account asks. */
export interface Weather {
  /** What an attempt meets in place of its account's answer. */
  meets(provider: string, account: string, at: number): Outcome | undefined;
  /** When that is over; `at` where nothing is wrong. */
  clearAt(provider: string, account: string, at: number): number;
}

/** A share of the calls during an overload gets through. */
const REFUSED_SHARE = 0.7;

/** How often what comes, and for how long. */
const plans = {
  overload: { everyMs: HOUR, shortestMs: MINUTE, longestMs: 6 * MINUTE },
  outage: { everyMs: 3 * HOUR, shortestMs: 20 * SECOND, longestMs: 3 * MINUTE },
  'provider-throttle': { everyMs: 2 * HOUR, shortestMs: 3 * SECOND, longestMs: 30 * SECOND },
  'absurd-hint': { everyMs: 4 * HOUR, shortestMs: SECOND, longestMs: 5 * SECOND },
} as const;

type Kind = keyof typeof plans;

const NETWORK = 'network';
const networkPlan = { everyMs: 6 * HOUR, shortestMs: 5 * SECOND, longestMs: MINUTE };

export const clearSky: Weather = { meets: () => undefined, clearAt: (_, __, at) => at };

export function makeWeather(
  { providers, accounts }: { readonly providers: readonly string[]; readonly accounts: readonly string[] },
  untilMs: number,
  random: Random,
): Weather {
  const episodes = new Map<string, readonly Episode[]>();
  episodes.set(NETWORK, drawEpisodes(networkPlan, untilMs, random));
  for (const provider of providers) {
    for (const kind of ['overload', 'outage', 'provider-throttle'] as const) {
      episodes.set(`${kind} ${provider}`, drawEpisodes(plans[kind], untilMs, random));
    }
  }
  for (const account of accounts) {
    episodes.set(`absurd-hint ${account}`, drawEpisodes(plans['absurd-hint'], untilMs, random));
  }
  const now = (kind: Kind, whose: string, at: number) => during(episodes.get(`${kind} ${whose}`) ?? [], at);
  const network = (at: number) => during(episodes.get(NETWORK) ?? [], at);
  return {
    meets(provider, account, at) {
      if (network(at) ?? now('outage', provider, at)) return { kind: 'transport', scope: 'attempt' };
      if (now('overload', provider, at) && random.next() < REFUSED_SHARE) {
        return { kind: 'overload', scope: 'provider-model', status: 529 };
      }
      if (now('provider-throttle', provider, at)) {
        return { kind: 'throttle', scope: 'account-model', status: 429 };
      }
      // A wait of nothing, though it must be waited: there is no telling it from a whim.
      if (now('absurd-hint', account, at))
        return { kind: 'throttle', scope: 'account', status: 429, waitMs: 0 };
      return undefined;
    },
    clearAt(provider, account, at) {
      const wrong = [
        network(at),
        now('outage', provider, at),
        now('overload', provider, at),
        now('provider-throttle', provider, at),
        now('absurd-hint', account, at),
      ];
      return Math.max(at, ...wrong.map((episode) => episode?.to ?? at));
    },
  };
}

import type { Refusal } from './refusal.ts';
import { readHttpDate } from './wait-values.ts';

/** The parts of an answer in which an upstream says how long to stay away. Header names are lower case. */
export type Hints = Pick<Refusal, 'headers' | 'error' | 'now'>;

/** A wait that an upstream asks for: whole milliseconds from now, more than none, with the short name of where it stood. */
export interface Wait {
  readonly waitMs: number;
  readonly waitFrom: string;
}

/** Nothing for a wait that is absent, or over: "come back at once" is no word of when to come back. */
export function waitOf(waitMs: number | undefined, waitFrom: string): Wait | undefined {
  return waitMs === undefined || waitMs <= 0 ? undefined : { waitMs, waitFrom };
}

/** The longest of some waits; the first of those that are equally long. */
export function longest<W extends Wait>(waits: readonly W[]): W | undefined {
  return waits.reduce<W | undefined>(
    (best, wait) => (best === undefined || wait.waitMs > best.waitMs ? wait : best),
    undefined,
  );
}

/** The upstream's own idea of now, from its `date` header, so that a moment it names is right though the clocks differ. */
export function upstreamNow({ headers, now }: Pick<Hints, 'headers' | 'now'>): number {
  return readHttpDate(headers['date'] ?? '', now) ?? now;
}

import type { Dropped } from '../chat/dropped.ts';
import type { Failure } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { Candidate } from '../rotation/candidate.ts';
import type { Health } from '../rotation/rests.ts';
import type { Rotation } from '../rotation/rotation.ts';
import type { View } from '../rotation/standing.ts';
import type { Step } from '../rotation/steps.ts';
import type { JourneyEnd } from './rotate.ts';

/**
 * One moment of a request's way. What was known then is kept by reference, since it never changes: it costs nothing
 * until somebody asks why.
 */
export type Entry =
  | { readonly kind: 'step'; readonly rotation: Rotation; readonly view: View; readonly step: Step }
  /** The account does not speak the client's protocol. */
  | {
      readonly kind: 'translated';
      readonly candidate: Candidate;
      readonly from: string;
      readonly to: string;
      readonly dropped: readonly Dropped[];
      readonly now: number;
    }
  | {
      readonly kind: 'failed';
      readonly candidate: Candidate;
      readonly outcome: Outcome;
      readonly health: Health;
      readonly now: number;
    }
  | {
      readonly kind: 'answered';
      readonly candidate: Candidate;
      readonly status: number;
      readonly broken?: Outcome;
      readonly health: Health;
      readonly now: number;
    }
  | {
      readonly kind: 'renewed';
      readonly candidate: Candidate;
      readonly failed?: Outcome;
      readonly health: Health;
      readonly now: number;
    };

/** All that was decided about one request. Nothing in it leads to the request's body: that may be megabytes. */
export interface DecisionRecord {
  readonly requestId: string;
  readonly protocol: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** It only counts tokens. */
  readonly isCount: boolean;
  /** The one that was asked for; absent where the request did not come so far. */
  readonly model: string | undefined;
  readonly owners: readonly (string | undefined)[];
  readonly entries: readonly Entry[];
  readonly endedAt: number | undefined;
  readonly end: JourneyEnd | undefined;
  readonly failure: Failure | undefined;
}

/** Takes down what happens to one request. */
export interface Trace {
  counting(): void;
  begin(model: string, owners: readonly (string | undefined)[]): void;
  step(rotation: Rotation, view: View, step: Step): void;
  translated(candidate: Candidate, to: string, dropped: readonly Dropped[], now: number): void;
  failed(candidate: Candidate, outcome: Outcome, health: Health, now: number): void;
  answered(
    candidate: Candidate,
    answer: { readonly status: number; readonly broken?: Outcome },
    health: Health,
    now: number,
  ): void;
  renewed(candidate: Candidate, failed: Outcome | undefined, health: Health, now: number): void;
  end(end: JourneyEnd | undefined, failure: Failure | undefined, now: number): void;
}

export interface Decisions {
  trace(requestId: string, protocol: string, now: number): Trace;
  find(requestId: string): DecisionRecord | undefined;
  /** The latest that asked for more than a count: assistants count before each turn, and nobody asks why. Else the latest. */
  latest(): DecisionRecord | undefined;
}

/** So many requests are remembered. */
const MOST_RECORDS = 500;
/** A request that waits long looks again and again: of its entries the first ones and the last tell enough. */
const MOST_ENTRIES = 60;

export function makeDecisions(): Decisions {
  const records = new Map<string, DecisionRecord>();
  return {
    trace(requestId, protocol, startedAt) {
      const entries: Entry[] = [];
      const record: { -readonly [name in keyof DecisionRecord]: DecisionRecord[name] } = {
        requestId,
        protocol,
        startedAt,
        isCount: false,
        model: undefined,
        owners: [],
        entries,
        endedAt: undefined,
        end: undefined,
        failure: undefined,
      };
      records.set(requestId, record);
      const oldest = records.keys().next();
      if (records.size > MOST_RECORDS && !oldest.done) records.delete(oldest.value);
      const add = (entry: Entry) => {
        const last = entries.at(-1);
        const repeats = isWait(last) && isWait(entry) && last.step.until === entry.step.until;
        if (repeats || entries.length >= MOST_ENTRIES) entries.pop();
        entries.push(repeats ? last : entry);
      };
      return {
        counting() {
          record.isCount = true;
        },
        begin(model, owners) {
          record.model = model;
          record.owners = owners;
        },
        step: (rotation, view, step) => add({ kind: 'step', rotation, view, step }),
        translated: (candidate, to, dropped, now) =>
          add({ kind: 'translated', candidate, from: protocol, to, dropped, now }),
        failed: (candidate, outcome, health, now) => add({ kind: 'failed', candidate, outcome, health, now }),
        answered: (candidate, { status, broken }, health, now) =>
          add({ kind: 'answered', candidate, status, health, now, ...(broken ? { broken } : {}) }),
        renewed: (candidate, failed, health, now) =>
          add({ kind: 'renewed', candidate, health, now, ...(failed ? { failed } : {}) }),
        end(end, failure, now) {
          record.end = end;
          record.failure = failure;
          record.endedAt = now;
        },
      };
    },
    find: (requestId) => records.get(requestId),
    latest() {
      const all = [...records.values()];
      return all.findLast(({ isCount }) => !isCount) ?? all.at(-1);
    },
  };
}

type WaitEntry = Entry & { readonly kind: 'step'; readonly step: Step & { readonly kind: 'wait' } };

function isWait(entry: Entry | undefined): entry is WaitEntry {
  return entry?.kind === 'step' && entry.step.kind === 'wait';
}

import type { Target } from './targets.ts';
import type { ModelName } from './workloads.ts';

/** What the benchmark asks of its processes, over the channel that Node gives a child. Nothing is sent while a run lasts. */
export type Ask =
  | { readonly kind: 'usage' }
  | { readonly kind: 'closings' }
  | { readonly kind: 'run'; readonly target: Target; readonly job: Job };

/** One run of the load generator. */
export type Job =
  /** So many requests at a time, each connection sending its next when it has its answer. */
  | { readonly kind: 'saturate'; readonly model: ModelName; readonly atOnce: number; readonly runMs: number }
  /** The same with a pause, so that each connection sends at most once in `everyMs`. */
  | {
      readonly kind: 'pace';
      readonly model: ModelName;
      readonly atOnce: number;
      readonly runMs: number;
      readonly everyMs: number;
    }
  /** Opens streams, reads them for a while once all have begun, and hangs up. */
  | { readonly kind: 'hold'; readonly atOnce: number; readonly runMs: number }
  /** One stream at a time: hangs up after its first bytes. */
  | { readonly kind: 'hang-up'; readonly times: number };

/** A job whose requests are counted. */
export type Sending = Job & { kind: 'saturate' | 'pace' };

/** CPU time since the process began, in microseconds; memory in bytes. */
export interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** Times in milliseconds. */
export interface JobResult {
  readonly requests: number;
  readonly failures: readonly string[];
  readonly tookMs: number;
  /** Until the last byte. */
  readonly latenciesMs: readonly number[];
  /** Until the first byte of the body. */
  readonly firstBytesMs: readonly number[];
  /** Bytes of bodies, with their framing. */
  readonly bytes: number;
  /** When the client hung up, in milliseconds of the machine's monotonic clock, which all processes share. */
  readonly hungUpAt: readonly number[];
}

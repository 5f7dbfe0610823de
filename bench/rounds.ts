import type { Sending } from './messages.ts';
import { runJob, usageOf, type Running } from './processes.ts';
import { median, percentile } from './statistics.ts';
import { targetNames, type Target, type TargetName } from './targets.ts';

/** The processes that a run is about. */
export interface Stage {
  readonly load: Running;
  readonly upstream: Running;
  readonly processes: Readonly<Record<TargetName, Running>>;
  readonly targets: Readonly<Record<TargetName, Target>>;
}

/** Medians over the rounds. */
export interface Figures {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  /** CPU time of the target's process for one request, in microseconds. */
  readonly cpuUs: number;
}

export interface Comparison {
  readonly job: Sending;
  readonly figures: Readonly<Record<TargetName, Figures>>;
  /** Rota's CPU time for a request as a multiple of the pipe's: the median of the rounds' own ratios. */
  readonly cpuRatio: number;
  /** What Rota, or the pipe, adds to the bare upstream: the medians of the rounds' own differences. */
  readonly added: Readonly<Record<'pipe' | 'rota', Added>>;
}

export interface Added {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
}

/**
 * Runs a job against each target in turn, several times over. Each round begins with another target, and only
 * figures of the same round are compared: what else the machine does then meets all of them alike.
 */
export async function compare(stage: Stage, job: Sending, rounds: number): Promise<Comparison> {
  for (const name of targetNames) await once(stage, name, { ...job, runMs: job.runMs / 2 });
  const seen: Record<TargetName, Figures>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const figures: Partial<Record<TargetName, Figures>> = {};
    for (let turn = 0; turn < targetNames.length; turn += 1) {
      const name = targetNames[(turn + round) % targetNames.length] ?? 'upstream';
      figures[name] = await once(stage, name, job);
    }
    seen.push(figures as Record<TargetName, Figures>);
  }
  const over = (pick: (round: Record<TargetName, Figures>) => number) => median(seen.map(pick));
  const added = (name: 'pipe' | 'rota'): Added => ({
    p50Ms: over((round) => round[name].p50Ms - round.upstream.p50Ms),
    p99Ms: over((round) => round[name].p99Ms - round.upstream.p99Ms),
    firstByteP50Ms: over((round) => round[name].firstByteP50Ms - round.upstream.firstByteP50Ms),
  });
  return {
    job,
    figures: {
      upstream: middle(seen.map(({ upstream }) => upstream)),
      pipe: middle(seen.map(({ pipe }) => pipe)),
      rota: middle(seen.map(({ rota }) => rota)),
    },
    cpuRatio: over(({ pipe, rota }) => rota.cpuUs / pipe.cpuUs),
    added: { pipe: added('pipe'), rota: added('rota') },
  };
}

async function once(stage: Stage, name: TargetName, job: Sending): Promise<Figures> {
  const process = stage.processes[name];
  const before = await usageOf(process);
  const result = await runJob(stage.load, stage.targets[name], job);
  const after = await usageOf(process);
  return {
    requests: result.requests,
    perSecond: (result.requests / result.tookMs) * 1000,
    p50Ms: percentile(result.latenciesMs, 0.5),
    p99Ms: percentile(result.latenciesMs, 0.99),
    firstByteP50Ms: percentile(result.firstBytesMs, 0.5),
    firstByteP99Ms: percentile(result.firstBytesMs, 0.99),
    cpuUs: (after.cpuUs - before.cpuUs) / result.requests,
  };
}

function middle(rounds: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => median(rounds.map((round) => round[name]));
  return {
    requests: of('requests'),
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    firstByteP50Ms: of('firstByteP50Ms'),
    firstByteP99Ms: of('firstByteP99Ms'),
    cpuUs: of('cpuUs'),
  };
}

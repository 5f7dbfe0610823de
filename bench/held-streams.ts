import { setTimeout as delay } from 'node:timers/promises';
import { runJob, usageOf, type Running } from './processes.ts';
import type { Stage } from './rounds.ts';
import { percentile } from './statistics.ts';
import { targetNames, type TargetName } from './targets.ts';
import { SLOW_EVERY_MS } from './workloads.ts';

export interface Held {
  /** The most that was seen while the streams were open. */
  readonly rssBytes: number;
  /** CPU time for one event, in microseconds, the streams' beginnings included. */
  readonly cpuUsPerEvent: number;
  readonly firstByteP50Ms: number;
}

const SAMPLE_MS = 250;

/** Holds many slow streams open at each target in turn and watches its memory. */
export async function holdStreams(
  stage: Stage,
  atOnce: number,
  runMs: number,
): Promise<Readonly<Record<TargetName, Held>>> {
  const held: Partial<Record<TargetName, Held>> = {};
  for (const name of targetNames) held[name] = await hold(stage, name, atOnce, runMs);
  return held as Record<TargetName, Held>;
}

async function hold(stage: Stage, name: TargetName, atOnce: number, runMs: number): Promise<Held> {
  const process = stage.processes[name];
  const before = await usageOf(process);
  const over = new AbortController();
  const [{ firstBytesMs, latenciesMs }, rssBytes] = await Promise.all([
    runJob(stage.load, stage.targets[name], { kind: 'hold', atOnce, runMs }).finally(() => over.abort()),
    peakRss(process, over.signal),
  ]);
  const { cpuUs } = await usageOf(process);
  const events = latenciesMs.reduce((sum, openMs) => sum + openMs / SLOW_EVERY_MS, 0);
  return {
    rssBytes,
    cpuUsPerEvent: (cpuUs - before.cpuUs) / events,
    firstByteP50Ms: percentile(firstBytesMs, 0.5),
  };
}

async function peakRss(process: Running, over: AbortSignal): Promise<number> {
  let peak = 0;
  while (!over.aborted) {
    await delay(SAMPLE_MS);
    peak = Math.max(peak, (await usageOf(process)).rssBytes);
  }
  return peak;
}

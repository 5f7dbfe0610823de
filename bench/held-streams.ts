import { setTimeout as delay } from 'node:timers/promises';
import { runJob, usageOf } from './processes.ts';
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
  let isOver = false;
  const run = runJob(stage.load, stage.targets[name], { kind: 'hold', atOnce, runMs }).finally(() => (isOver = true));
  let rssBytes = 0;
  while (!isOver) {
    await delay(SAMPLE_MS);
    rssBytes = Math.max(rssBytes, (await usageOf(process)).rssBytes);
  }
  const { firstBytesMs, tookMs } = await run;
  const { cpuUs } = await usageOf(process);
  const events = (tookMs / SLOW_EVERY_MS) * atOnce;
  return {
    rssBytes,
    cpuUsPerEvent: (cpuUs - before.cpuUs) / events,
    firstByteP50Ms: percentile(firstBytesMs, 0.5),
  };
}

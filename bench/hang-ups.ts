import { setTimeout as delay } from 'node:timers/promises';
import { runJob } from './processes.ts';
import type { Stage } from './rounds.ts';
import { median } from './statistics.ts';
import { targetNames, type TargetName } from './targets.ts';

/** From the client's hang-up until the upstream saw its connection closed: the median, in milliseconds. */
export async function measureHangUps(
  stage: Stage,
  times: number,
): Promise<Readonly<Record<TargetName, number>>> {
  const found: Partial<Record<TargetName, number>> = {};
  for (const name of targetNames) found[name] = await measure(stage, name, times);
  return found as Record<TargetName, number>;
}

async function measure(stage: Stage, name: TargetName, times: number): Promise<number> {
  await stage.upstream.ask({ kind: 'closings' });
  const { hungUpAt } = await runJob(stage.load, stage.targets[name], { kind: 'hang-up', times });
  await delay(100);
  const closedAt = (await stage.upstream.ask({ kind: 'closings' })) as readonly number[];
  if (closedAt.length !== times)
    throw new Error(`${name}: of ${times} calls ${closedAt.length} were closed.`);
  return median(hungUpAt.map((at, index) => (closedAt[index] ?? Number.NaN) - at));
}

/** The load generator's process: does one job after the other, as it is told. */
import { setTimeout as delay } from 'node:timers/promises';
import { openConnection, type Answer, type Connection } from './connection.ts';
import type { Ask, Job, JobResult, Sending } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import type { Target } from './targets.ts';
import { makeWorkload, modelNames, type Workload } from './workloads.ts';

/** No run may hang: what has no answer by then ends with its connection. */
const PATIENCE_MS = 20_000;
const LONGEST_BEGINNING_MS = 5000;
const MOST_FAILURES = 5;

const workloads = new Map<string, Workload>(modelNames.map((name) => [name, makeWorkload(name)]));

process.on('message', (ask: Ask) => {
  if (ask.kind !== 'run') return;
  const { target, job } = ask;
  void run(target, job).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());

function run(target: Target, job: Job): Promise<JobResult> {
  switch (job.kind) {
    case 'saturate':
      return keepSending(target, job, 0);
    case 'pace':
      return keepSending(target, job, job.everyMs);
    case 'hold':
      return hold(target, job);
    case 'hang-up':
      return hangUp(target, job.times);
  }
}

async function keepSending(
  target: Target,
  { model, atOnce, runMs }: Sending,
  everyMs: number,
): Promise<JobResult> {
  const connections = Array.from({ length: atOnce }, () => openConnection(target, workloadOf(model)));
  const answers: Answer[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + runMs;
  const patience = setTimeout(() => destroyAll(connections), runMs + PATIENCE_MS);
  await Promise.all(
    connections.map(async (connection, at) => {
      // Paced connections are spread over the interval, as independent clients would be.
      let due = startedAt + (everyMs * at) / atOnce;
      for (;;) {
        const waitMs = due - performance.now();
        if (waitMs > 0) await delay(waitMs);
        if (performance.now() >= endsAt) return;
        const answer = await connection.send();
        answers.push(answer);
        if (answer.failure !== undefined) return;
        due = Math.max(due + everyMs, performance.now());
      }
    }),
  );
  const tookMs = performance.now() - startedAt;
  clearTimeout(patience);
  destroyAll(connections);
  return resultOf(answers, tookMs);
}

/** Its `latenciesMs` tell for how long each stream ran from its first byte on. */
async function hold(target: Target, { atOnce, runMs }: Job & { kind: 'hold' }): Promise<JobResult> {
  const connections = Array.from({ length: atOnce }, () => openConnection(target, workloadOf('bench-slow')));
  const startedAt = performance.now();
  const begunAt: number[] = [];
  const failures: string[] = [];
  let isOver = false;
  const allBegun = new Promise<void>((resolve) => {
    for (const connection of connections) {
      const onFirst = () => {
        if (begunAt.push(performance.now()) === atOnce) resolve();
      };
      void connection.send(onFirst).then(({ failure }) => {
        if (!isOver) failures.push(failure ?? 'a slow stream ended early');
      });
    }
  });
  await Promise.race([allBegun, delay(LONGEST_BEGINNING_MS)]);
  await delay(runMs);
  isOver = true;
  destroyAll(connections);
  const endedAt = performance.now();
  if (begunAt.length < atOnce) failures.push(`${atOnce - begunAt.length} streams never began`);
  return {
    ...resultOf([], endedAt - startedAt),
    requests: atOnce,
    latenciesMs: begunAt.map((at) => endedAt - at),
    firstBytesMs: begunAt.map((at) => at - startedAt),
    failures: failures.slice(0, MOST_FAILURES),
  };
}

async function hangUp(target: Target, times: number): Promise<JobResult> {
  const hungUpAt: number[] = [];
  const startedAt = performance.now();
  for (let at = 0; at < times; at += 1) {
    const connection = openConnection(target, workloadOf('bench-slow'));
    await new Promise<void>((resolve) => void connection.send(resolve).then(() => resolve()));
    // Away from the first event, in the silence between two.
    await delay(20);
    hungUpAt.push(monotonicMs());
    connection.destroy();
    await delay(30);
  }
  return { ...resultOf([], performance.now() - startedAt), requests: times, hungUpAt };
}

function workloadOf(model: string): Workload {
  const workload = workloads.get(model);
  if (!workload) throw new Error(`There is no workload ${model}.`);
  return workload;
}

function destroyAll(connections: readonly Connection[]): void {
  for (const connection of connections) connection.destroy();
}

function resultOf(answers: readonly Answer[], tookMs: number): JobResult {
  const good = answers.filter(({ failure }) => failure === undefined);
  const failures = answers.map(({ failure }) => failure).filter((failure) => failure !== undefined);
  return {
    requests: good.length,
    failures: failures.slice(0, MOST_FAILURES),
    tookMs,
    latenciesMs: good.map(({ sentAt, endedAt }) => endedAt - sentAt),
    firstBytesMs: good.map(({ sentAt, firstByteAt }) => firstByteAt - sentAt),
    bytes: good.reduce((sum, { bytes }) => sum + bytes, 0),
    hungUpAt: [],
  };
}

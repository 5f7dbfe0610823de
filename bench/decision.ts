/** `npm run bench:decision`: what choosing an account costs by itself, in microseconds. docs/performance.md has the figures. */
import type { QuotaWindow } from '../src/outcome.ts';
import { makeCandidate } from '../src/rotation/candidate.ts';
import { noTurns, type Strategy } from '../src/rotation/choose.ts';
import { learnSuccess } from '../src/rotation/learn.ts';
import { admit, endTrials, noLoad, release } from '../src/rotation/load.ts';
import { rest } from '../src/rotation/resting.ts';
import { noRests, type Health } from '../src/rotation/rests.ts';
import { begin } from '../src/rotation/rotation.ts';
import { nextStep } from '../src/rotation/steps.ts';
import { noteWindows } from '../src/rotation/windows.ts';

const ACCOUNTS = 50;
const ROUNDS = 20_000;
/** So many decisions are timed together: one is shorter than the clock is exact. */
const BATCH = 20;
const NOW = 1_800_000_000_000;

const candidates = Array.from({ length: ACCOUNTS }, (_, at) =>
  makeCandidate({ account: `account-${at}`, provider: `provider-${at % 5}`, model: 'model' }),
);

const windows: readonly QuotaWindow[] = ['5h', '7d', 'requests', 'tokens'].map((name) => ({
  name,
  scope: 'account',
  used: 0.4,
  resetsAt: NOW + 3_600_000,
  refill: 'at-once',
}));

/** Nearly all rest, and all have windows: the most that there is to look at. */
function busyHealth(): Health {
  const told = candidates.reduce((health, one) => noteWindows(health, one, windows, NOW), noRests);
  const outcome = {
    kind: 'throttle',
    scope: 'account',
    status: 429,
    waitMs: 600_000,
    waitFrom: 'retry-after',
  } as const;
  return candidates
    .slice(0, ACCOUNTS - 2)
    .reduce((health, one, at) => rest(health, one, outcome, { now: NOW, chance: 0, request: at }), told);
}

/** From a request's arrival to its place on an account, and what its success changes. */
function decide(strategy: Strategy, health: Health, owner: string | undefined, request: number): Health {
  const rotation = begin({
    request,
    candidates,
    owners: [owner],
    limits: { strategy, requestRetry: 3, leaveAt: 0.98, maxQueued: 256 },
    deadline: NOW + 600_000,
    holdUntil: NOW,
  });
  const step = nextStep(rotation, { health, load: noLoad, turns: noTurns, now: NOW, chance: 0.3 });
  if (step.kind !== 'send') throw new Error('somebody is free');
  const taken = endTrials(admit(noLoad, step.admission, NOW), step.admission);
  const after = learnSuccess(health, step.candidate, NOW, NOW + 1);
  release(taken, step.admission);
  return after;
}

interface Row {
  readonly what: string;
  readonly median: number;
  readonly p99: number;
}

function measure(what: string, run: (request: number) => void): Row {
  for (let round = 0; round < ROUNDS; round += 1) run(round);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS / BATCH; round += 1) {
    const from = process.hrtime.bigint();
    for (let at = 0; at < BATCH; at += 1) run(round * BATCH + at);
    times.push(Number(process.hrtime.bigint() - from) / 1000 / BATCH);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { what, median: at(0.5), p99: at(0.99) };
}

const busy = busyHealth();
const rows = (['round-robin', 'fill-first', 'least-used', 'random'] as const).flatMap((strategy) => [
  measure(`${strategy}, all are free`, (request) => decide(strategy, noRests, undefined, request)),
  measure(`${strategy}, 48 rest and all have windows`, (request) =>
    decide(strategy, busy, undefined, request),
  ),
]);
rows.push(
  measure('the owner, all are free', (request) => decide('round-robin', noRests, 'account-7', request)),
);
console.log(`A decision among ${ACCOUNTS} accounts, in microseconds:`);
for (const { what, median, p99 } of rows) {
  console.log(
    `${what.padEnd(44)} median ${median.toFixed(1).padStart(5)}   p99 ${p99.toFixed(1).padStart(5)}`,
  );
}

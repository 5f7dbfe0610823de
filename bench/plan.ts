import type { Sending } from './messages.ts';

/** How much of everything a run measures. */
export interface Plan {
  /** Each sort of request, for so long, before anything counts: V8 compiles code that has run a few thousand times. */
  readonly warmUpMs: number;
  readonly rounds: number;
  readonly jobs: readonly Sending[];
  readonly starts: number;
  readonly held: { readonly atOnce: number; readonly runMs: number };
  readonly hangUps: number;
}

/** Under five minutes. */
export const fullPlan: Plan = {
  warmUpMs: 4000,
  rounds: 5,
  jobs: jobs(1000),
  starts: 9,
  held: { atOnce: 500, runMs: 4000 },
  hangUps: 30,
};

/** Under a minute: enough to see whether a change did harm. */
export const quickPlan: Plan = {
  warmUpMs: 1000,
  rounds: 3,
  jobs: jobs(400).filter(({ model, atOnce }) => atOnce === 32 || (model === 'bench-small' && atOnce === 1)),
  starts: 3,
  held: { atOnce: 500, runMs: 2000 },
  hangUps: 10,
};

export function warmUp({ warmUpMs: runMs }: Plan): readonly Sending[] {
  return [
    { kind: 'saturate', model: 'bench-1mb', atOnce: 4, runMs: runMs / 3 },
    { kind: 'saturate', model: 'bench-stream-50', atOnce: 32, runMs },
    { kind: 'saturate', model: 'bench-small', atOnce: 32, runMs },
  ];
}

function jobs(runMs: number): readonly Sending[] {
  const saturate = (model: Sending['model'], atOnce: number): Sending => ({
    kind: 'saturate',
    model,
    atOnce,
    runMs,
  });
  return [
    saturate('bench-small', 1),
    saturate('bench-small', 32),
    saturate('bench-small', 500),
    { kind: 'pace', model: 'bench-small', atOnce: 32, runMs: runMs * 2, everyMs: 64 },
    saturate('bench-stream-50', 1),
    saturate('bench-stream-50', 32),
    saturate('bench-stream-50', 500),
    saturate('bench-stream-1000', 1),
    saturate('bench-stream-1000', 32),
    saturate('bench-1mb', 1),
    // With 500 at a time the bodies alone would take half a gigabyte.
    saturate('bench-1mb', 32),
  ];
}

import { parseArgs } from 'node:util';
import type { Strategy } from '../../src/rotation/choose.ts';
import { reportOf } from './report.ts';
import { crowd, office } from './scenes.ts';
import { simulate } from './simulate.ts';

const strategies: readonly Strategy[] = ['round-robin', 'fill-first', 'least-used', 'random'];

const scenes = { office, crowd } as const;

const { values } = parseArgs({
  options: {
    scene: { type: 'string', default: 'office' },
    seed: { type: 'string', default: '1' },
    hours: { type: 'string', default: '48' },
    desks: { type: 'string' },
    'leave-at-percent': { type: 'string' },
    'request-retry': { type: 'string' },
    'hold-ms': { type: 'string' },
    'max-concurrent': { type: 'string' },
    'no-affinity': { type: 'boolean', default: false },
  },
});

/** @throws Error that names the option and what it takes */
function number(name: keyof typeof values, most: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (typeof text === 'string' && text !== '' && value >= 0 && value <= most) return value;
  throw new Error(`--${name} takes a number from 0 to ${most}, not '${String(text)}'.`);
}

try {
  const seed = number('seed', 2 ** 31) ?? 1;
  const hours = number('hours', 10_000) ?? 48;
  const percent = number('leave-at-percent', 100);
  const options = {
    desks: number('desks', 1000),
    leaveAt: percent === undefined ? undefined : percent / 100,
    requestRetry: number('request-retry', 10),
    holdMs: number('hold-ms', 3_600_000),
    maxConcurrent: number('max-concurrent', 1000),
    affinity: !values['no-affinity'],
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { scene: name } = values;
  if (name !== 'office' && name !== 'crowd') throw new Error(`--scene takes office or crowd, not '${name}'.`);
  const runs = strategies.map((strategy) => {
    const scene = scenes[name]({ ...given, seed, hours, strategy });
    return { name: strategy, tally: simulate(scene), accounts: scene.accounts.length };
  });
  process.stdout.write(`${reportOf(runs, runs[0]?.accounts ?? 0)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

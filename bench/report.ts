import { availableParallelism } from 'node:os';
import type { Held } from './held-streams.ts';
import type { Sending } from './messages.ts';
import type { Plan } from './plan.ts';
import type { Comparison } from './rounds.ts';
import type { Starts } from './starts.ts';
import type { TargetName } from './targets.ts';

export interface Measured {
  readonly plan: Plan;
  readonly starts: Starts;
  readonly idleRssBytes: Readonly<Record<'pipe' | 'rota', number>>;
  readonly loadedRssBytes: Readonly<Record<'pipe' | 'rota', number>>;
  readonly held: Readonly<Record<TargetName, Held>>;
  readonly hangUps: Readonly<Record<TargetName, number>>;
  readonly comparisons: readonly Comparison[];
}

interface Aim {
  readonly what: string;
  readonly reached: number;
  readonly most: number;
  readonly unit: string;
}

/** The figures as tables, and below them the aims. */
export function report(measured: Measured): string {
  const { plan, comparisons, held, hangUps, starts, idleRssBytes, loadedRssBytes } = measured;
  const machine = `Node ${process.version}, ${availableParallelism()} cores, ${plan.rounds} rounds, medians`;
  const load = table(
    [
      '',
      'CPU µs: pipe',
      'Rota',
      'ratio',
      'added ms p50: pipe',
      'Rota',
      'p99: pipe',
      'Rota',
      'first byte: pipe',
      'Rota',
      'per s: bare',
      'pipe',
      'Rota',
    ],
    comparisons.map(({ job, figures, cpuRatio, added }) => [
      nameOf(job),
      figures.pipe.cpuUs.toFixed(0),
      figures.rota.cpuUs.toFixed(0),
      cpuRatio.toFixed(2),
      added.pipe.p50Ms.toFixed(2),
      added.rota.p50Ms.toFixed(2),
      added.pipe.p99Ms.toFixed(2),
      added.rota.p99Ms.toFixed(2),
      added.pipe.firstByteP50Ms.toFixed(2),
      added.rota.firstByteP50Ms.toFixed(2),
      figures.upstream.perSecond.toFixed(0),
      figures.pipe.perSecond.toFixed(0),
      figures.rota.perSecond.toFixed(0),
    ]),
  );
  const others = table(
    ['', 'bare', 'pipe', 'Rota'],
    [
      [
        'start to listening, ms (bare: Express and undici)',
        starts.bareMs.toFixed(0),
        '',
        starts.rotaMs.toFixed(0),
      ],
      ['resident memory idle, MB', '', mb(idleRssBytes.pipe), mb(idleRssBytes.rota)],
      [`with ${plan.held.atOnce} streams held, MB`, '', mb(held.pipe.rssBytes), mb(held.rota.rssBytes)],
      ['after all load, MB', '', mb(loadedRssBytes.pipe), mb(loadedRssBytes.rota)],
      [
        'CPU for an event of a slow stream, µs',
        '',
        held.pipe.cpuUsPerEvent.toFixed(1),
        held.rota.cpuUsPerEvent.toFixed(1),
      ],
      [
        'hang-up to the upstream closed, ms',
        hangUps.upstream.toFixed(2),
        hangUps.pipe.toFixed(2),
        hangUps.rota.toFixed(2),
      ],
    ],
  );
  const aims = table(
    ['aim', 'at most', 'reached', ''],
    aimsOf(measured).map(({ what, reached, most, unit }) => [
      what,
      `${most}${unit}`,
      `${reached.toFixed(unit === ' MB' || what.startsWith('start') ? 0 : 2)}${unit}`,
      reached <= most ? 'met' : 'NOT MET',
    ]),
  );
  return [machine, load, others, aims].join('\n\n');
}

/** What a request may cost at most; the ratios are to the pipe's CPU time. */
function aimsOf({ comparisons, held, starts, idleRssBytes }: Measured): readonly Aim[] {
  const mostRatio: Readonly<Record<string, number>> = {
    'bench-small': 1.3,
    'bench-stream-50': 1,
    'bench-stream-1000': 1,
    'bench-1mb': 1.5,
  };
  const busy = comparisons.filter(({ job }) => job.kind === 'saturate' && job.atOnce === 32);
  const cpu = busy.flatMap(({ job, cpuRatio }): Aim[] => {
    const most = mostRatio[job.model];
    return most === undefined ? [] : [{ what: `CPU, ${nameOf(job)}`, reached: cpuRatio, most, unit: ' x' }];
  });
  const latency = comparisons
    .filter(({ job }) => job.model === 'bench-small' && job.atOnce === 32)
    .map(({ job, added }): Aim => ({
      what: `p99 added, ${nameOf(job)}`,
      reached: added.rota.p99Ms,
      most: 2,
      unit: ' ms',
    }));
  return [
    ...cpu,
    ...latency,
    {
      what: 'resident memory with the streams held',
      reached: held.rota.rssBytes / 2 ** 20,
      most: 150,
      unit: ' MB',
    },
    { what: 'resident memory idle', reached: idleRssBytes.rota / 2 ** 20, most: 75, unit: ' MB' },
    startAim(starts),
  ];
}

/** Either will do: a time of its own, or so many times the bare program's where the machine is slow. */
function startAim({ rotaMs, bareMs }: Starts): Aim {
  const most = Math.max(250, Math.round(bareMs * 1.5));
  return { what: 'start to listening (250 ms or 1.5 x bare)', reached: rotaMs, most, unit: ' ms' };
}

export function nameOf(job: Sending): string {
  const pace = job.kind === 'pace' ? `, each every ${job.everyMs} ms` : '';
  return `${job.model.replace('bench-', '')}, ${job.atOnce} at a time${pace}`;
}

function mb(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

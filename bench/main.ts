/** `npm run bench`: what Rota costs beside the bare upstream and beside the thinnest pipe. docs/performance.md explains it. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { measureHangUps } from './hang-ups.ts';
import { holdStreams } from './held-streams.ts';
import { fullPlan, quickPlan, warmUp, type Plan } from './plan.ts';
import { runJob, startListening, startSilent, usageOf, type Running } from './processes.ts';
import { nameOf, report, type Measured } from './report.ts';
import { makeRotaHome, type RotaHome } from './rota.ts';
import { compare, type Comparison, type Stage } from './rounds.ts';
import { measureStarts } from './starts.ts';
import { targetNames, type Target, type TargetName } from './targets.ts';

const SETTLE_MS = 1500;

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const measured = await measure(values.quick ? quickPlan : fullPlan);
console.log(values.json ? JSON.stringify(measured, undefined, 2) : report(measured));

async function measure(plan: Plan): Promise<Measured> {
  const processes: Running[] = [];
  const kept = (process: Running) => {
    processes.push(process);
    return process;
  };
  let home: RotaHome | undefined;
  try {
    const upstream = kept(await startListening(scriptOf('upstream'), []));
    const pipe = kept(await startListening(scriptOf('pipe'), [String(upstream.port)]));
    const load = kept(startSilent(scriptOf('load')));
    home = await makeRotaHome(upstream.port);
    progress('starting');
    const starts = await measureStarts(home, plan.starts);
    const rota = kept(await home.start());
    const target = (name: TargetName, { port }: Running): Target => ({ name, port, key: home?.key ?? '' });
    const stage: Stage = {
      load,
      upstream,
      processes: { upstream, pipe, rota },
      targets: {
        upstream: target('upstream', upstream),
        pipe: target('pipe', pipe),
        rota: target('rota', rota),
      },
    };
    await delay(SETTLE_MS);
    const idleRssBytes = { pipe: (await usageOf(pipe)).rssBytes, rota: (await usageOf(rota)).rssBytes };
    progress('streams held open');
    const held = await holdStreams(stage, plan.held.atOnce, plan.held.runMs);
    progress('hang-ups');
    const hangUps = await measureHangUps(stage, plan.hangUps);
    progress('warming up');
    for (const job of warmUp(plan))
      for (const name of targetNames) await runJob(load, stage.targets[name], job);
    const comparisons: Comparison[] = [];
    for (const job of plan.jobs) {
      progress(nameOf(job));
      comparisons.push(await compare(stage, job, plan.rounds));
    }
    const loadedRssBytes = { pipe: (await usageOf(pipe)).rssBytes, rota: (await usageOf(rota)).rssBytes };
    return { plan, starts, idleRssBytes, held, hangUps, comparisons, loadedRssBytes };
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
    await home?.remove();
  }
}

function scriptOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

function progress(text: string): void {
  process.stderr.write(`${text} …\n`);
}

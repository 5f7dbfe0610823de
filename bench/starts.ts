import { fileURLToPath } from 'node:url';
import { startListening } from './processes.ts';
import type { RotaHome } from './rota.ts';
import { median } from './statistics.ts';

/** From making the process to the line that says where it listens: medians in milliseconds. */
export interface Starts {
  readonly bareMs: number;
  readonly rotaMs: number;
  readonly ratio: number;
}

/** Starts a bare Express and undici program and Rota, in turn. */
export async function measureStarts(home: RotaHome, times: number): Promise<Starts> {
  const script = fileURLToPath(new URL('./bare-express.js', import.meta.url));
  const bare: number[] = [];
  const rota: number[] = [];
  // The first of each only warms the disk's cache.
  for (let at = 0; at <= times; at += 1) {
    bare.push(await startOnce(() => startListening(script, [])));
    rota.push(await startOnce(() => home.start()));
  }
  const ratios = rota.map((ms, at) => ms / (bare[at] ?? Number.NaN));
  return { bareMs: median(bare.slice(1)), rotaMs: median(rota.slice(1)), ratio: median(ratios.slice(1)) };
}

async function startOnce(start: () => ReturnType<typeof startListening>): Promise<number> {
  const process = await start();
  await process.stop();
  return process.startMs;
}

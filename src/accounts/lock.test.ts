import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';

const run = promisify(execFile);
const COMPILED = new URL('../../dist/accounts/lock.js', import.meta.url).href;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rota-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program of its own that holds the lock until it is killed, and says when it has it. */
function holder(path: string): ReturnType<typeof spawn> {
  const program = `
    const { withLock } = await import('${COMPILED}');
    await withLock(process.argv[1], () => new Promise(() => { console.log('held'); setInterval(() => {}, 1e6); }));`;
  return spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('withLock', () => {
  it('gives back what the work gives, and leaves nothing behind', async () => {
    const path = join(folder, 'new', 'file');
    expect(await withLock(path, () => Promise.resolve(7))).toBe(7);
    await expect(access(`${path}.lock`)).rejects.toThrow('ENOENT');
  });

  it('is free again after the work failed', async () => {
    const path = join(folder, 'file');
    await expect(withLock(path, () => Promise.reject(new Error('spilled')))).rejects.toThrow('spilled');
    expect(await withLock(path, () => Promise.resolve('next'), { waitMs: 0 })).toBe('next');
  });

  it('keeps callers of one process apart', async () => {
    const path = join(folder, 'file');
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await stat(folder);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 6 }, () => withLock(path, work)));
  });

  it('keeps processes apart: four that count at the same time lose no count', async () => {
    const path = join(folder, 'count');
    await writeFile(path, '0');
    const program = `
      import { readFile, writeFile } from 'node:fs/promises';
      const { withLock } = await import('${COMPILED}');
      const path = process.argv[1];
      for (let n = 0; n < 25; n += 1)
        await withLock(path, async () => writeFile(path, String(Number(await readFile(path, 'utf8')) + 1)));`;
    const count = (): Promise<unknown> => run(process.execPath, ['--input-type=module', '-e', program, path]);
    await Promise.all([count(), count(), count(), count()]);
    expect(await readFile(path, 'utf8')).toBe('100');
  });

  it('names the lock and the way on when another holds it for too long', async () => {
    const path = join(folder, 'file');
    await withLock(path, async () => {
      await expect(withLock(path, () => Promise.resolve(), { waitMs: 50 })).rejects.toMatchObject({
        failure: { kind: 'records', message: expect.stringContaining(`"${path}.lock" was held`) },
      });
    });
  });

  it('fails in the words of its caller, at once, where the lock cannot be made', async () => {
    const path = join(folder, 'plain', 'file');
    await writeFile(join(folder, 'plain'), '');
    const failure = (message: string) => ({ kind: 'store', problem: 'unwritable', message }) as const;
    await expect(withLock(path, () => Promise.resolve(), { failure })).rejects.toMatchObject({
      failure: {
        kind: 'store',
        problem: 'unwritable',
        message: expect.stringContaining(join(folder, 'plain')),
      },
    });
  });

  it('takes over from a process that was killed', async () => {
    const path = join(folder, 'file');
    const child = holder(path);
    if (child.stdout !== null) await once(child.stdout, 'data');
    await expect(withLock(path, () => Promise.resolve(), { waitMs: 0 })).rejects.toThrow('was held');
    child.kill('SIGKILL');
    await once(child, 'exit');
    // As if the six seconds had gone by in which a living holder would have shown itself.
    const then = new Date(Date.now() - 6_000);
    await utimes(`${path}.lock`, then, then);
    expect(await withLock(path, () => Promise.resolve('taken'), { waitMs: 0 })).toBe('taken');
  });

  it('is taken over from a killed process by one at a time, however many want it at the same moment', async () => {
    const files = Array.from({ length: 20 }, (_, n) => join(folder, String(n)));
    const then = new Date(Date.now() - 60_000);
    for (const path of files) {
      await writeFile(path, '0');
      await mkdir(`${path}.lock`);
      await utimes(`${path}.lock`, then, then);
    }
    const program = `
      import { readFile, writeFile } from 'node:fs/promises';
      const { withLock } = await import('${COMPILED}');
      const [startAt, ...files] = process.argv.slice(1);
      for (const [n, path] of files.entries()) {
        while (Date.now() < Number(startAt) + n * 40);
        await withLock(path, async () => writeFile(path, String(Number(await readFile(path, 'utf8')) + 1)));
      }`;
    const startAt = String(Date.now() + 700);
    const count = (): Promise<unknown> =>
      run(process.execPath, ['--input-type=module', '-e', program, startAt, ...files]);
    await Promise.all([count(), count(), count(), count()]);
    expect(await Promise.all(files.map((path) => readFile(path, 'utf8')))).toEqual(files.map(() => '4'));
  });

  it('tells the work, and ends well, when the lock is taken away meanwhile', async () => {
    const path = join(folder, 'file');
    const lost = await withLock(path, async (signal) => {
      await rmdir(`${path}.lock`);
      await once(signal, 'abort');
      return signal.aborted;
    });
    expect(lost).toBe(true);
  });
});

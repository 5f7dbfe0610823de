import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainEnvironment, type Assistant } from './assistant.ts';
import { lastLines } from './install.ts';
import { SMALL_MODEL, type Lab } from './lab.ts';
import { run } from './run.ts';

const CONTENT = 'written by the assistant';
const FAREWELL = 'The file is there now.';
const LIMIT_MS = 90_000;

/** One assistant asks for a file through the daemon, writes it as it is told, and says so. @returns what went wrong */
export async function round(
  assistant: Assistant,
  program: string,
  lab: Lab,
  proxy: string,
): Promise<string | undefined> {
  const home = await mkdtemp(join(tmpdir(), 'rota-client-'));
  const work = join(home, 'work');
  const path = join(work, 'answer.txt');
  const { url, key } = lab;
  const around = { url, key, model: assistant.model, smallModel: SMALL_MODEL, home, work };
  try {
    await mkdir(work);
    await mkdir(join(home, 'tmp'));
    for (const [name, text] of Object.entries(assistant.files(around))) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), text);
    }
    lab.prepare(assistant.write(path, CONTENT), FAREWELL);
    const ran = await run(program, assistant.arguments(around, `Write the file ${path}.`), {
      cwd: work,
      env: { ...plainEnvironment(home, proxy), ...assistant.environment(around) },
      limitMs: LIMIT_MS,
    });
    const { calls, complaints } = lab.look();
    if (ran.timedOut) return `was not done after ${LIMIT_MS / 1000} s: ${lastLines(ran.said)}`;
    if (ran.code !== 0) return `ended with ${String(ran.code)}: ${lastLines(ran.said)}`;
    if (complaints.length > 0) return `the upstream complains: ${complaints.join(' / ')}`;
    const file = await readFile(path, 'utf8').catch(() => undefined);
    if (file?.trim() !== CONTENT) return `wrote no file, after ${calls.length} calls: ${lastLines(ran.said)}`;
    if (calls.length !== 2) return `asked ${calls.length} times in place of 2`;
    if (!ran.out.includes(FAREWELL)) return `did not print the answer: ${lastLines(ran.said)}`;
    return undefined;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it(
  'shows the whole path, from three sign-ins to a 429 that nobody notices',
  { timeout: 120_000 },
  async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'demo'], { cwd: root });
    expect(stdout.match(/signed in$/gm)).toHaveLength(3);
    expect(stdout.match(/ {2}200 {2}answered by (?:ada|ben|cleo)/g)).toHaveLength(9);
    expect(stdout).toMatch(/answered by (?:ada|cleo) {3}\(ben said 429; nobody noticed\)/);
    expect(stdout).toMatch(/ben .* resting until/);
    expect(stdout).toContain('proxy login openrouter');
  },
);

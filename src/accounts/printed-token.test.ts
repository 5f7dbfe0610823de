import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { failureOf, START_MS, temporaryFolder } from '../../test/rig/accounts.ts';
import { tokenPrinter } from './printed-token.ts';

const clock = { now: () => START_MS };
const print = tokenPrinter(clock);

/** A tool of one line of JavaScript, with words of its own. */
const tool = (code: string, ...words: readonly string[]) => ({
  argv: [process.execPath, '-e', code, '--', ...words],
  lifetimeMs: 300_000,
});
const printing = (text: string) => tool(`process.stdout.write(${JSON.stringify(text)})`);

describe('a command that prints a token', () => {
  it.each<[string, string, string, number]>([
    ['a token alone', 'ya29.token\n', 'ya29.token', 300_000],
    ['what az prints', '{"accessToken":"t","expires_on":1767229200,"tokenType":"Bearer"}', 't', 3_600_000],
    ['an end in a string', '{"accessToken":"t","expires_on":"1767229200"}', 't', 3_600_000],
    ['a token response', '{"access_token":"t"}', 't', 300_000],
    [
      'an ExecCredential',
      '{"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2026-01-01T00:10:00Z"}}',
      't',
      600_000,
    ],
    ['a moment', '{"token":"t","expires_at":"2026-01-01T00:00:30Z"}', 't', 30_000],
  ])('may print %s', async (_name, output, token, lifeMs) => {
    const printed = await print(printing(output));
    expect(printed.secret.equals(token)).toBe(true);
    expect(printed).toMatchObject({ issuedAt: START_MS, expiresAt: START_MS + lifeMs });
  });

  it('gets each word as it is, since there is no shell', async () => {
    const word = '$(touch evil); `id` > "x" && *';
    const { secret } = await print(
      tool('process.stdout.write(Buffer.from(process.argv[1]).toString("hex"))', word),
    );
    expect(secret.equals(Buffer.from(word).toString('hex'))).toBe(true);
  });

  it('reads nothing from stdin', async () => {
    const code = 'process.stdin.on("data", () => {}).on("end", () => process.stdout.write("done"))';
    expect((await print(tool(code))).secret.equals('done')).toBe(true);
  });

  it.each<[string, ReturnType<typeof tool>, RegExp]>([
    [
      'fails',
      tool('console.error("Run gcloud auth login."); process.exit(3)'),
      /exit code 3, saying: Run gcloud auth login\.$/,
    ],
    ['fails silently', tool('process.exit(1)'), /exit code 1\.$/],
    [
      'is not there',
      { argv: ['no-such-tool-here', 'print'], lifetimeMs: 1000 },
      /"no-such-tool-here" was not found on the PATH/,
    ],
    ['may not be run', { argv: ['/'], lifetimeMs: 1000 }, /could not be started \(EACCES\)/],
    ['prints nothing', printing(''), /something else than one token/],
    ['prints a sentence', printing('You are signed in'), /something else than one token/],
    ['prints other JSON', printing('{"error":"no"}'), /something else than one token/],
    [
      'prints without end',
      tool('for (;;) require("fs").writeSync(1, "x".repeat(9999))'),
      /more than a token can be/,
    ],
    ['is killed', tool('process.kill(process.pid, "SIGKILL")'), /was killed/],
  ])('tells why, where it %s', async (_name, command, words) => {
    const failure = await failureOf(print(command));
    expect(failure).toMatchObject({ kind: 'refresh', final: false });
    expect(failure.message).toMatch(words);
  });

  it('shows the last words of its stderr alone, on one line, and without what looks like a token', async () => {
    const noise = `${'trace '.repeat(500)}\\u001b[31mToken ya29.a0AbcdefghijkLMN expired\\nAuthorization: Bearer abcdefghijklmnop`;
    const { message } = await failureOf(
      print(tool(`require("fs").writeSync(2, "${noise}"); process.exit(1)`)),
    );
    expect(message).toContain('expired');
    expect(message).not.toMatch(/ya29|abcdefghijklmnop|\p{Cc}/u);
    expect(message.length).toBeLessThan(600);
  });

  it('is ended with everything that it started, when it takes too long', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'pid');
    // The child would go on for an hour, and says first that it is there.
    const child = `require("fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); setTimeout(() => {}, 3600000)`;
    const parent = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(child)}])`;
    const controller = new AbortController();
    const failure = failureOf(print(tool(parent), controller.signal));
    await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\d/), {
      timeout: 60_000,
    });
    controller.abort();
    expect(await failure).toMatchObject({ kind: 'cancelled' });
    const pid = Number(readFileSync(file, 'utf8'));
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 60_000 });
    const late = await failureOf(tokenPrinter(clock, 50)(tool('setTimeout(() => {}, 3600000)')));
    expect(late.message).toContain('did not end within 0.05 s');
  });
});

/** A process that ended and was not waited for is a zombie: it runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

import { run } from './cli/program.ts';
import { processTerminal } from './cli/terminal-process.ts';
import type { Composition } from './compose.ts';

/**
 * A signal that comes again this soon is the same one: npm passes on what the terminal sent to all, and a library
 * beneath `conf` raises each once more. Nobody presses a key twice as fast.
 */
const ECHO_MS = 300;

/** The process's edge: words in, signals, exit code out. */
async function main(): Promise<void> {
  const { argv, env, platform, stderr } = process;
  const interrupt = new AbortController();
  let askedAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    askedAt ??= now;
    // Whoever asks a second time does not want to wait for requests under way.
    if (now - askedAt > ECHO_MS) process.exit(130);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  const { words, isPlain } = withoutPlain(argv.slice(2));
  // What a screen reader or a dumb terminal can do with; tools that are run for a token keep to it as well.
  if (isPlain) Object.assign(env, { TERM: 'dumb', NO_COLOR: '1' });
  const terminal = processTerminal(process);
  let composition: Composition | undefined;
  process.exitCode = await run(words, terminal, async () => {
    const { compose } = await import('./compose.ts');
    composition = compose({ env, platform, terminal, stderr, signal: interrupt.signal });
    return composition.context;
  });
  await composition?.close();
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}

/** `--plain` may stand anywhere, since it is about every command; what follows `--` is not ours. */
function withoutPlain(argv: readonly string[]): {
  readonly words: readonly string[];
  readonly isPlain: boolean;
} {
  const end = argv.indexOf('--');
  const ours = end < 0 ? argv : argv.slice(0, end);
  const words = [...ours.filter((word) => word !== '--plain'), ...argv.slice(ours.length)];
  return { words, isPlain: words.length < argv.length };
}

await main();

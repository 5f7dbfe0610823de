/** Loaded into a measured process with `--import`: tells its CPU time and memory when asked, and costs nothing else. */
import type { Ask, Usage } from './messages.ts';

process.on('message', ({ kind }: Ask) => {
  if (kind !== 'usage') return;
  const { user, system } = process.cpuUsage();
  const usage: Usage = { cpuUs: user + system, rssBytes: process.memoryUsage.rss() };
  process.send?.(usage);
});
// Should the benchmark die, its processes do.
process.on('disconnect', () => process.exit());
// It must not keep alive a process that is done.
process.channel?.unref();

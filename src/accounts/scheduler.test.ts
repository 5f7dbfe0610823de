import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { timerScheduler } from './scheduler.ts';

const YEAR_MS = 366 * 24 * 3_600_000;

it('runs what is due, in order, and neither what is far away nor what was cancelled', async () => {
  const scheduler = timerScheduler(systemClock);
  const ran: string[] = [];
  // Longer than one timer of Node can be, which would fire at once.
  const cancelFar = scheduler.at(systemClock.now() + YEAR_MS, () => ran.push('far'));
  const cancelSoon = scheduler.at(systemClock.now() + 5, () => ran.push('cancelled'));
  cancelSoon();
  scheduler.at(systemClock.now() - 1000, () => ran.push('past'));
  await new Promise<void>((resolve) => {
    // Not a timer of the scheduler alone: those do not keep the process alive.
    const alive = setInterval(() => undefined, 1000);
    scheduler.at(systemClock.now() + 20, () => {
      ran.push('soon');
      clearInterval(alive);
      resolve();
    });
  });
  cancelFar();
  expect(ran).toEqual(['past', 'soon']);
});

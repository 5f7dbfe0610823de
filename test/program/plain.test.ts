import { expect, it, vi } from 'vitest';
import { openStage } from './stage.ts';

vi.setConfig({ testTimeout: 60_000 });

it('--plain stands anywhere, and leaves out the frame of a code', async ({ onTestFinished }) => {
  const stage = await openStage();
  onTestFinished(() => stage.close());
  const { issuer, clientId } = stage.authorization;
  const home = await stage.home({ settings: stage.settings({}, { kind: 'device-code', issuer, clientId }) });
  for (const words of [
    ['login', 'demo', '--no-browser', '--plain'],
    ['--plain', 'login', 'demo', '--no-browser'],
    ['login', 'demo', '--no-browser'],
  ]) {
    const program = home.start(words);
    const [before = ''] = await program.said(/enter this code:[^]+Waiting for the code/);
    program.kill('SIGINT');
    expect((await program.ended).code).not.toBe(0);
    expect(before).toMatch(/ {2}[A-Z]{4}-[A-Z]{4}/);
    expect(/[┌│└─]/.test(before)).toBe(!words.includes('--plain'));
  }
});

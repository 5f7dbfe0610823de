import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    environment: 'node',
    setupFiles: ['test/rig/seed.ts'],
    // Most tests wait for processes and sockets: one worker for each core, and not one fewer.
    maxWorkers: '100%',
    // Generous: on a busy machine a start of the real program may take seconds, and a hang is a hang after two minutes, too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is waited for comes in its own time: a second is soon over where a process has to start, or another test has the core.
    expect: { poll: { timeout: 60_000 } },
  },
});

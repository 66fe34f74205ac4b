import { defineConfig } from 'vitest/config';

// One process a file, each with its own network and its own exchange: no test knows of another.
export default defineConfig({
  test: {
    include: ['stories/**/*.test.ts', 'deploy/**/*.test.ts'],
    setupFiles: ['harness/repeat.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

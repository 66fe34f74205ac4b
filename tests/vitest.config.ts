import { configDefaults, defineConfig } from 'vitest/config';
import { Repeat } from './harness/repeat.js';

// One process a file, each with its own network, and an exchange a test: no test knows of another.
export default defineConfig({
  test: {
    include: ['*/**/*.test.ts'],
    // A project of its own: bundles/vitest.config.ts.
    exclude: [...configDefaults.exclude, 'bundles/**'],
    reporters: ['default', new Repeat()],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

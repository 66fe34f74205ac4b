import { defineConfig } from 'vitest/config';

// Setting up may download a browser and a Node; everything after that takes seconds.
export default defineConfig({
  test: { include: ['*.test.ts'], pool: 'forks', testTimeout: 60_000, hookTimeout: 900_000 },
});

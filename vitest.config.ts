import { defineConfig } from 'vitest/config';

// Set by `scripts/test.mjs --coverage`: the folder in which processes that tests start write down what they run.
const processCoverage = process.env.PROCESS_COVERAGE;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    env: processCoverage ? { NODE_V8_COVERAGE: processCoverage } : {},
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts'],
      reporter: ['json'],
      reportOnFailure: true,
    },
  },
});

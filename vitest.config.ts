import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumPath } from './test/support/chromium.ts';

// Set by `scripts/test.mjs --coverage`: the folder in which processes that tests start write down what they run.
const processCoverage = process.env.PROCESS_COVERAGE;

const chromium = chromiumPath();
/** Tests that run in Chromium; where there is none, they are skipped in Node. */
const inChromium = 'src/**/*-web.test.ts';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 3, // many tests wait for processes that they start
    env: processCoverage ? { NODE_V8_COVERAGE: processCoverage } : {},
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts'],
      reporter: ['json'],
      reportOnFailure: true,
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [inChromium],
          // They share a few processes, which saves starting three hundred and loading the library in each.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'chromium',
          include: [inChromium],
          globalSetup: 'test/support/media-files-setup.ts',
          browser: {
            enabled: chromium !== undefined,
            headless: true,
            screenshotFailures: false,
            // Chromium has no sandbox for root.
            provider: playwright({
              launchOptions: { executablePath: chromium, chromiumSandbox: process.getuid?.() !== 0 },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});

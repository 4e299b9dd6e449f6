import { defineConfig } from 'vitest/config';
import { SkippedReporter } from './test/support/skipped-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', new SkippedReporter()],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});

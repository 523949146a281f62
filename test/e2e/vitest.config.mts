import { defineConfig } from 'vitest/config';

/** Tests that drive the panel's real page in Chromium: `vitest run --config test/e2e/vitest.config.mts`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    root: '.',
    globalSetup: ['test/e2e/buildPanel.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

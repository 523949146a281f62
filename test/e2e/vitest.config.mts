import { defineConfig } from 'vitest/config';

/** Tests in Chromium: the panel's page by itself, and a user's way through a real VS Code. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    root: '.',
    globalSetup: ['test/e2e/buildPanel.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

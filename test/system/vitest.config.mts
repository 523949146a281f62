import { defineConfig } from 'vitest/config';

/** Tests of the built command line and trainer as a user runs them; needs `npm run build` before. */
export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    globalSetup: 'test/temporaryFolder.mjs',
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});

import { defineConfig } from 'vitest/config';

/** Tests on the native backend, installed with pip; needs `npm run build` before. */
export default defineConfig({
  test: {
    include: ['test/native/**/*.test.ts'],
    globalSetup: 'test/native/install.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    globalSetup: ['test/temporaryFolder.mjs', 'test/unit/globalSetup.mjs'],
    testTimeout: 30_000,
  },
});

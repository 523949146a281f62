import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

/**
 * Bundles a source file for the tests of the calling file, since worker threads load JavaScript
 * only; the returned function gives the bundle's path while they run.
 */
export function bundled(entry: string): () => string {
  let directory = '';
  const file = () => join(directory, 'bundle.cjs');
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bn-lens-bundle-'));
    await build({
      absWorkingDir: join(import.meta.dirname, '../..'),
      entryPoints: [entry],
      outfile: file(),
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    });
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  return file;
}

import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** Bundles test/host for the extension host and returns the path of its `run()`. */
export async function buildHostSuite(): Promise<string> {
  const outfile = join(root, '.vscode-test', 'host-suite', 'index.js');
  await build({
    entryPoints: [join(root, 'test', 'host', 'index.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    // The editor provides the one, and mocha finds its own files.
    external: ['vscode', 'mocha'],
    outfile,
  });
  return outfile;
}

// Collects in dist/native what `bn-lens native install` compiles on the user's machine: the addon of
// tfjs-node, our ops, and Node's own headers.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

const sources = [
  join(dirname(require.resolve('@tensorflow/tfjs-node/package.json')), 'binding'),
  join(dirname(require.resolve('node-api-headers/package.json')), 'include'),
  'src/engine/native/ops',
];

/** Fills dist/native, flat: no two of the files have one name. */
export function collectNativeSources() {
  process.chdir(import.meta.dirname);
  // A file that is no source any more would still be compiled.
  rmSync('dist/native', { recursive: true, force: true });
  mkdirSync('dist/native', { recursive: true });
  for (const folder of sources) {
    for (const name of readdirSync(folder)) {
      cpSync(join(folder, name), join('dist/native', name), { recursive: true });
    }
  }
}

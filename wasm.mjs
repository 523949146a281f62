// Collects what the trainer reads at run time as WebAssembly: published files, and our kernels
// compiled from AssemblyScript.
import { copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import asc from 'assemblyscript/asc';

const require = createRequire(import.meta.url);

const published = [
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
];
const sources = 'src/engine/wasm/kernels';

/** Fills dist/wasm; kernels are compiled only where a source is newer than the result. */
export async function buildWasm() {
  process.chdir(import.meta.dirname);
  mkdirSync('dist/wasm', { recursive: true });
  for (const file of published) {
    copyFileSync(require.resolve(file), join('dist/wasm', basename(file)));
  }
  const binary = 'dist/wasm/kernels.wasm';
  if (changed(binary) > newest()) return;
  const options = ['-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort='];
  const features = ['--enable', 'simd', '--importMemory', '--noExportMemory'];
  const { error, stderr } = await asc.main([
    join(sources, 'index.ts'),
    ...['--outFile', binary, ...options, ...features],
  ]);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
}

function newest() {
  return Math.max(...readdirSync(sources).map((name) => changed(join(sources, name))));
}

function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// Collects what the trainer reads at run time beside its own code: published WebAssembly, our
// kernels compiled from AssemblyScript, and the program of the threads that share their work.
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);

const target = 'dist/wasm';
const codecs = [
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
];
const backend = '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
const engine = 'src/engine/wasm/kernels';
const recorder = 'src/recording/kernels';
/** As many as 32 bits address; the published backend may grow to the same. */
const MOST_PAGES = 65536;

/** Fills dist/wasm; kernels are compiled only where a source is newer than the result. */
export async function buildWasm() {
  process.chdir(import.meta.dirname);
  mkdirSync(target, { recursive: true });
  for (const file of codecs) copyFileSync(require.resolve(file), join(target, basename(file)));
  writeFileSync(
    join(target, basename(backend)),
    withSharedMemory(readFileSync(require.resolve(backend))),
  );
  await Promise.all([
    buildKernels(engine, 'kernels.wasm', []),
    buildKernels(engine, 'kernels-relaxed.wasm', ['--enable', 'relaxed-simd']),
    buildKernels(recorder, 'statistics.wasm', []),
    build({
      entryPoints: ['src/engine/wasm/kernelWorker.ts'],
      outdir: target,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
    }),
  ]);
}

async function buildKernels(sources, name, features) {
  const binary = join(target, name);
  if (changed(binary) > newest(sources)) return;
  const { error, stderr } = await asc.main([
    join(sources, 'index.ts'),
    ...['--outFile', binary, '-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort='],
    ...['--enable', 'simd', '--enable', 'threads', ...features],
    ...['--importMemory', '--noExportMemory', '--sharedMemory'],
    ...['--initialMemory', '1', '--maximumMemory', String(MOST_PAGES)],
  ]);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
}

/**
 * Marks a module's memory as shared, so that threads may instantiate kernels upon it. Nothing else
 * changes: the module's own code runs on shared memory as on any other.
 */
function withSharedMemory(binary) {
  const memorySection = 5;
  const [hasMaximum, isSharedToo] = [1, 3];
  const result = Uint8Array.from(binary);
  let at = 8;
  while (at < result.length) {
    const section = result[at++];
    const size = readLeb(result, at);
    at = size.end;
    if (section === memorySection) {
      const flags = readLeb(result, at).end;
      if (result[flags] !== hasMaximum) throw new Error(`${backend}: unexpected kind of memory`);
      result[flags] = isSharedToo;
      return result;
    }
    at += size.value;
  }
  throw new Error(`${backend}: no memory of its own`);
}

/** Reads a number as WebAssembly writes them (LEB128, unsigned). */
function readLeb(bytes, start) {
  let value = 0;
  let end = start;
  let byte;
  do {
    byte = bytes[end];
    value += (byte & 127) * 2 ** (7 * (end - start));
    end += 1;
  } while (byte & 128);
  return { value, end };
}

function newest(sources) {
  return Math.max(...readdirSync(sources).map((name) => changed(join(sources, name))));
}

function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

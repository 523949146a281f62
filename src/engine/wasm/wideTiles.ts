import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { kernelExports, type KernelExports } from './kernelInstance.ts';

/** Floats of a row: those of a 3×3 filter over 16 channels. */
const LENGTH = 144;
const ROWS = 6;
const PANEL = 8;
const BYTES = 4;
/** Long enough for V8 to have compiled both for speed, which it does once they have run often. */
const PATIENCE_MS = 40;
const CALLS = 100;

/** Of six rows, two panels of weights, and two tiles. */
const TRIAL_BYTES = BYTES * (ROWS * LENGTH + 2 * PANEL * LENGTH + 2 * PANEL * ROWS);

/**
 * Finds out whether tiles of two panels are faster than one panel after the other: they are where V8
 * joins vectors of four floats to ones of eight, which it does not tell. Both give the same bits.
 */
export function prefersWideTiles(module: object, backend: BackendWasm, memory: unknown): boolean {
  const trial = backend.makeOutput([TRIAL_BYTES], 'bool');
  try {
    backend.typedArrayFromHeap(trial).fill(0);
    return isFasterWide(kernelExports(module, memory), backend.getMemoryOffset(trial.dataId) >>> 0);
  } finally {
    backend.disposeData(trial.dataId);
  }
}

function isFasterWide({ multiplyTile, multiplyTwoTiles }: KernelExports, memory: number): boolean {
  if (multiplyTile === undefined || multiplyTwoTiles === undefined) {
    throw new Error('the kernels lack multiplyTile or multiplyTwoTiles');
  }
  const rows = addresses(memory, BYTES * LENGTH);
  const first = memory + BYTES * ROWS * LENGTH;
  const second = first + BYTES * PANEL * LENGTH;
  const results = second + BYTES * PANEL * LENGTH;
  const pitch = 2 * BYTES * PANEL;
  const left = [...rows, first, LENGTH, ...addresses(results, pitch)];
  const right = [...rows, second, LENGTH, ...addresses(results + pitch / 2, pitch)];
  const both = [...rows, first, second, LENGTH, ...addresses(results, pitch)];

  let [narrow, wide] = [Infinity, Infinity];
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    narrow = Math.min(
      narrow,
      milliseconds(() => {
        multiplyTile(...left);
        multiplyTile(...right);
      }),
    );
    wide = Math.min(
      wide,
      milliseconds(() => {
        multiplyTwoTiles(...both);
      }),
    );
  }
  return wide < narrow;
}

function addresses(first: number, step: number): number[] {
  return Array.from({ length: ROWS }, (_, row) => first + row * step);
}

function milliseconds(run: () => void): number {
  const start = performance.now();
  for (let call = 0; call < CALLS; call++) run();
  return performance.now() - start;
}

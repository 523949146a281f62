/** Prints what an exact MMD with its p-value takes, as JSON; arguments: tests that are timed. */
import { PooledKernels } from '../src/stats/mmdKernels.ts';
import { permutationTest } from '../src/stats/mmdPermutation.ts';
import { normalStream } from '../src/stats/normal.ts';
import { randomStream } from '../src/stats/random.ts';
import type { Sample } from '../src/stats/sample.ts';
import { MMD_SIZE, type MmdTime } from './mmd.ts';
import { estimateMedian } from './ratio.ts';

const { images, channels, permutations } = MMD_SIZE;
const normal = normalStream(randomStream(1, 'samples'));
const uniform = randomStream(1, 'permutations');

function draw(): Sample {
  const values = Float32Array.from({ length: images * channels }, normal);
  return { values, count: images, dimensions: channels };
}

function milliseconds(): number {
  const [a, b] = [draw(), draw()];
  const start = performance.now();
  permutationTest(new PooledKernels(a, b, 'five-kernels'), permutations, uniform);
  return performance.now() - start;
}

const tests = Number(process.argv[2]);
// Compilers first.
for (let test = 0; test < 20; test++) milliseconds();
const time: MmdTime = { ms: estimateMedian(Array.from({ length: tests }, milliseconds)) };
console.log(JSON.stringify(time));

import { readFileSync } from 'node:fs';
import type { CorrelationSquares } from '../stats/correlationSquares.ts';
import { DivergenceMemory } from '../stats/divergence.ts';
import {
  MomentsMemory,
  SE_RESOLUTION,
  type DomainMoments,
  type ImageSums,
} from '../stats/moments.ts';

/** As much of WebAssembly as Node's types leave out and we need. */
interface WebAssemblyRuntime {
  readonly Memory: new (limits: object) => SharedMemory;
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** What src/recording/kernels exports: each takes sizes, then addresses. */
type Kernel =
  'addErrors' | 'addInfluences' | 'addUp' | 'compare' | 'firstFree' | 'multiply' | 'standardize';

type Kernels = Readonly<Record<Kernel, (...args: number[]) => number>>;

type FloatArray = Float32Array | Float64Array;

const { Memory, Module, Instance } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyRuntime }
).WebAssembly;

const PAGE = 1 << 16;
/** As many as 32 bits address. */
const MOST_PAGES = 1 << 16;
/** Of a vector; every array begins at a multiple of it and may be overrun up to the next. */
const VECTOR = 16;

/**
 * Memory for the statistics of a run in which the loops of src/stats that take the time run as SIMD:
 * the same to rounding, in a fraction of the time. It is never freed, as what records a run needs it
 * until the end.
 */
export class StatisticsKernel {
  readonly #kernels: Kernels;
  /** Shared only so that arrays stay valid when it grows. */
  readonly #memory = new Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  #end = 0;
  readonly #scratch: Float64Array[] = [];

  /** Compiles the kernels in `file`, dist/wasm/statistics.wasm. */
  constructor(file: string) {
    const imports = { env: { memory: this.#memory }, logarithm: { log: Math.log } };
    const instance = new Instance(new Module(readFileSync(file)), imports);
    this.#kernels = instance.exports as Kernels;
    this.#end = roundUp(this.#kernels.firstFree());
  }

  /** Returns zeros. */
  allocate(length: number): Float64Array {
    const at = this.#end;
    this.#end += roundUp(length * Float64Array.BYTES_PER_ELEMENT);
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return new Float64Array(this.#memory.buffer, at, length);
  }

  /** Makes memory for a domain's moments; `influences` must be allocated here. */
  moments(images: number, channels: number, influences: Float64Array): MomentsMemory {
    return new KernelMoments(this, images, channels, influences);
  }

  /** Makes memory in which moments from {@link moments} are compared. */
  divergence(channels: number): DivergenceMemory {
    return new KernelDivergence(this, channels);
  }

  /** Returns what was left there by others; `place` tells arrays apart that are in use together. */
  scratch(place: number, length: number): Float64Array {
    const present = this.#scratch[place];
    if (present !== undefined && present.length >= length) return present;
    return (this.#scratch[place] = this.allocate(length));
  }

  run(kernel: Kernel, sizes: readonly number[], arrays: readonly FloatArray[]): void {
    this.#kernels[kernel](...sizes, ...arrays.map(({ byteOffset }) => byteOffset));
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / VECTOR) * VECTOR;
}

class KernelMoments extends MomentsMemory {
  #sums: Float32Array = new Float32Array(0);

  constructor(
    private readonly kernel: StatisticsKernel,
    images: number,
    channels: number,
    influences: Float64Array,
  ) {
    super(images, channels, influences, (length) => kernel.allocate(length));
  }

  override addUp({ sums, channels }: ImageSums, firstImage: number): void {
    const { kernel, images, mean, square } = this;
    const length = 2 * images * channels;
    const { buffer, byteOffset } = kernel.scratch(0, length / 2);
    this.#sums = new Float32Array(buffer, byteOffset, length);
    this.#sums.set(sums.subarray(2 * firstImage * channels, 2 * (firstImage + images) * channels));
    kernel.run('addUp', [images, channels], [this.#sums, mean, square]);
  }

  /** Takes the images that were added up before. */
  override addInfluences({ pixels }: ImageSums): void {
    const { images, channels, mean, square, perVariance, meanSe, logVarianceSe } = this;
    const { meanInfluence, logVarianceInfluence } = this;
    const inputs = [this.#sums, mean, square, perVariance];
    const outputs = [meanSe, logVarianceSe, meanInfluence, logVarianceInfluence];
    this.kernel.run('addInfluences', [images, channels, pixels], [...inputs, ...outputs]);
  }
}

class KernelDivergence extends DivergenceMemory {
  constructor(
    private readonly kernel: StatisticsKernel,
    channels: number,
  ) {
    super(channels, (length) => kernel.allocate(length));
  }

  override compare(a: DomainMoments, b: DomainMoments): void {
    const { gaps, meanZ, logVarianceZ, sigmaPerSe, contributes } = this;
    const { gapByMean, gapByLogVarianceA, gapByLogVarianceB, ratios, totals } = this;
    const inputs = [a, b].flatMap((own) => [own.mean, own.variance, own.meanSe, own.logVarianceSe]);
    const shown = [gaps, meanZ, logVarianceZ, sigmaPerSe, contributes];
    const gradients = [gapByMean, gapByLogVarianceA, gapByLogVarianceB, ratios];
    const arrays = [...inputs, ...shown, ...gradients, totals];
    this.kernel.run('compare', [this.channels, SE_RESOLUTION], arrays);
  }

  override addErrors(
    { images, channels, meanInfluence, logVarianceInfluence }: DomainMoments,
    gapByLogVariance: Float64Array,
  ): void {
    const { gapByMean, ratios, errors } = this;
    const influences = [meanInfluence, logVarianceInfluence];
    const gradients = [gapByMean, gapByLogVariance, ratios];
    this.kernel.run('addErrors', [images, channels], [...influences, ...gradients, errors]);
  }

  override correlationSquares(
    a: DomainMoments,
    b: DomainMoments,
    weights: Float64Array,
  ): CorrelationSquares {
    const { kernel, channels } = this;
    const ownWeights = kernel.scratch(0, 2 * channels);
    ownWeights.set(weights);
    const ofA = this.#standardized(a, ownWeights, kernel.scratch(2, this.#lengthOf(a)));
    const ofB = this.#standardized(b, ownWeights, kernel.scratch(3, this.#lengthOf(b)));
    const sums = kernel.scratch(1, 3);
    kernel.run('multiply', [a.images, b.images, channels], [ofA, ofB, sums]);
    return { means: sums[0]!, logVariances: sums[1]!, between: sums[2]! };
  }

  /** How many standardized influences there are, of pairs of channels and of images. */
  #lengthOf({ images, channels }: DomainMoments): number {
    return 2 * (channels + (channels % 2)) * (images + (images % 2));
  }

  #standardized(own: DomainMoments, weights: Float64Array, to: Float64Array): Float64Array {
    const { kernel, channels } = this;
    const scales = kernel.scratch(1, channels);
    const sizes = [own.images, channels];
    const { variance, meanInfluence, meanSe, logVarianceInfluence, logVarianceSe } = own;
    const ofMeans = [meanInfluence, meanSe, variance, weights, scales, to];
    kernel.run('standardize', sizes, ofMeans);
    const [ownWeights, after] = [
      weights.subarray(channels),
      to.subarray(channels + (channels % 2)),
    ];
    const ofLogVariances = [
      logVarianceInfluence,
      logVarianceSe,
      variance,
      ownWeights,
      scales,
      after,
    ];
    kernel.run('standardize', sizes, ofLogVariances);
    return to;
  }
}

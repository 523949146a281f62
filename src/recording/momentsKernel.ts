import { readFileSync } from 'node:fs';
import { MomentsMemory, type ImageSums } from '../stats/moments.ts';

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

/** What src/recording/kernels exports; sizes, then addresses. */
interface Kernels {
  firstFree(): number;
  addUp(...args: number[]): void;
  addInfluences(...args: number[]): void;
}

const { Memory, Module, Instance } = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyRuntime }
).WebAssembly;

const PAGE = 1 << 16;
/** As many as 32 bits address. */
const MOST_PAGES = 1 << 16;
/** Of a vector; every array begins at a multiple of it and may be overrun up to the next. */
const VECTOR = 16;

/**
 * Memory for moments in which the loops over images run as SIMD: the same to the last bit, in a
 * fraction of the time. It is never freed, as what records a run needs it until the end.
 */
export class MomentsKernel {
  readonly #kernels: Kernels;
  /** Shared only so that arrays stay valid when it grows. */
  readonly #memory = new Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  #end: number;
  /** Where the sums of images are copied to. */
  #sums: Float32Array;

  /** Compiles the kernels in `file`, dist/wasm/moments.wasm. */
  constructor(file: string) {
    const imports = { env: { memory: this.#memory }, moments: { log: Math.log } };
    this.#kernels = new Instance(new Module(readFileSync(file)), imports).exports as Kernels;
    this.#end = Math.ceil(this.#kernels.firstFree() / VECTOR) * VECTOR;
    this.#sums = this.#floats(0);
  }

  /** Returns zeros. */
  allocate(length: number): Float64Array {
    const at = this.#end;
    this.#end += Math.ceil((length * Float64Array.BYTES_PER_ELEMENT) / VECTOR) * VECTOR;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return new Float64Array(this.#memory.buffer, at, length);
  }

  /** Makes memory for a domain's moments; `influences` must be allocated here. */
  memory(images: number, channels: number, influences: Float64Array): MomentsMemory {
    return new KernelMemory(this, images, channels, influences);
  }

  addUp(sums: ImageSums, firstImage: number, { images, mean, square }: MomentsMemory): void {
    const { channels } = sums;
    const [from, to] = [2 * firstImage * channels, 2 * (firstImage + images) * channels];
    if (this.#sums.length < to - from) this.#sums = this.#floats(to - from);
    this.#sums.set(sums.sums.subarray(from, to));
    this.#kernels.addUp(images, channels, ...addresses([this.#sums, mean, square]));
  }

  /** Takes the images that were added up last. */
  addInfluences(pixels: number, memory: MomentsMemory): void {
    const { images, channels, mean, square, perVariance, meanSe, logVarianceSe } = memory;
    const { meanInfluence, logVarianceInfluence } = memory;
    const inputs = [this.#sums, mean, square, perVariance];
    const outputs = [meanSe, logVarianceSe, meanInfluence, logVarianceInfluence];
    const places = addresses([...inputs, ...outputs]);
    this.#kernels.addInfluences(images, channels, pixels, ...places);
  }

  #floats(length: number): Float32Array {
    const { buffer, byteOffset } = this.allocate(Math.ceil(length / 2));
    return new Float32Array(buffer, byteOffset, length);
  }
}

function addresses(arrays: readonly (Float32Array | Float64Array)[]): number[] {
  return arrays.map(({ byteOffset }) => byteOffset);
}

class KernelMemory extends MomentsMemory {
  constructor(
    private readonly kernel: MomentsKernel,
    images: number,
    channels: number,
    influences: Float64Array,
  ) {
    super(images, channels, influences, (length) => kernel.allocate(length));
  }

  override addUp(sums: ImageSums, firstImage: number): void {
    this.kernel.addUp(sums, firstImage, this);
  }

  override addInfluences({ pixels }: ImageSums): void {
    this.kernel.addInfluences(pixels, this);
  }
}

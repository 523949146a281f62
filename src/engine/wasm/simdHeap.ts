import type * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { kernelNames } from './kernelInstance.ts';
import type { KernelThreads } from './kernelThreads.ts';

/** A call of an exported function of `kernels/`; tensors and shapes are addresses on the heap. */
export type KernelCall = readonly [kernel: string, ...args: number[]];

/** The heap of the wasm backend, with our kernels at work on it. */
export class SimdHeap {
  readonly #numbers: ReadonlyMap<string, number>;

  /** @param module - The kernels that `threads` run. */
  constructor(
    readonly backend: BackendWasm,
    module: object,
    readonly threads: KernelThreads,
  ) {
    this.#numbers = new Map(kernelNames(module).map((name, index) => [name, index]));
  }

  address({ dataId }: tf.TensorInfo): number {
    return this.backend.getMemoryOffset(dataId) >>> 0;
  }

  /**
   * Runs calls that do not depend on each other, by all threads. What is split into calls, and so
   * the order of each sum, must follow from shapes alone: then results are the same to the last bit
   * for any number of threads. Every thread has `scratchBytes` of its own.
   */
  run(calls: readonly KernelCall[], scratchBytes = 0): void {
    const numbered = calls.map((call) => this.#numbered(call));
    if (scratchBytes === 0) {
      this.threads.run(numbered, { address: 0, bytes: 0 });
      return;
    }
    // Whole cache lines each: threads would otherwise wait for each other's writes.
    const bytes = Math.ceil(scratchBytes / 64) * 64;
    this.borrow(bytes * this.threads.count, (address) => {
      this.threads.run(numbered, { address, bytes });
    });
  }

  /** Runs small calls one after the other on this thread. */
  runInTurn(calls: readonly KernelCall[]): void {
    for (const call of calls) this.threads.run([this.#numbered(call)], { address: 0, bytes: 0 });
  }

  /** Copies values onto the heap for as long as `use` runs; returns what it leaves in their place. */
  lend<Values extends Float64Array | Float32Array | Int32Array>(
    values: Values,
    use: (address: number) => void,
  ): Values {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.borrow(bytes.length, (address, memory) => {
      memory().set(bytes);
      use(address);
      bytes.set(memory());
    });
    return values;
  }

  /** Gives `use` memory for as long as it runs; a view of it is valid until the next allocation. */
  borrow(bytes: number, use: (address: number, memory: () => Uint8Array) => void): void {
    const { backend } = this;
    const block = backend.makeOutput([bytes], 'bool');
    try {
      use(this.address(block), () => backend.typedArrayFromHeap(block) as Uint8Array);
    } finally {
      backend.disposeData(block.dataId);
    }
  }

  #numbered([kernel, ...args]: KernelCall): number[] {
    const number = this.#numbers.get(kernel);
    if (number === undefined) throw new Error(`there is no kernel "${kernel}"`);
    return [number, ...args];
  }
}

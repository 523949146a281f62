import type * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/**
 * What `kernels/` exports: its files say what each function does. Tensors and shapes are addresses
 * on the backend's heap.
 */
interface SimdKernels {
  sumImages(
    x: number,
    shift: number,
    images: number,
    pixels: number,
    channels: number,
    sums: number,
    totals: number,
    scratch: number,
  ): void;
  sumGradients(
    dy: number,
    x: number,
    mean: number,
    pixels: number,
    channels: number,
    totals: number,
  ): void;
  normalize(x: number, y: number, size: number, table: number, period: number): void;
  normalizeGradient(
    dy: number,
    x: number,
    dx: number,
    size: number,
    table: number,
    period: number,
  ): void;
  convolutionFilterGradient(x: number, dy: number, filter: number, shape: number): void;
  depthwiseFilterGradient(x: number, dy: number, filter: number, shape: number): void;
  placeOnGrid(from: number, to: number, shape: number): void;
  maxPoolGradient(x: number, dy: number, dx: number, shape: number): void;
  averagePoolGradient(dy: number, dx: number, shape: number): void;
  adamUpdate(
    weight: number,
    gradient: number,
    first: number,
    second: number,
    next: number,
    size: number,
    settings: number,
  ): void;
  momentumUpdate(
    weight: number,
    gradient: number,
    buffer: number,
    next: number,
    size: number,
    settings: number,
  ): void;
  sumSquares(x: number, size: number, total: number): void;
}

/** As much of WebAssembly as Node's types leave out and we need. */
interface WebAssemblyRuntime {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** The heap of the wasm backend, with our kernels at work on it. */
export class SimdHeap {
  readonly kernels: SimdKernels;

  /** @param binary - `kernels.wasm`. */
  constructor(
    readonly backend: BackendWasm,
    binary: Uint8Array,
  ) {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyRuntime })
      .WebAssembly;
    // Emscripten keeps the exports of the backend's own instance under this name.
    const { asm } = backend.wasm as unknown as { asm: { memory: unknown } };
    const { exports } = new Instance(new Module(binary), { env: { memory: asm.memory } });
    this.kernels = exports as SimdKernels;
  }

  address({ dataId }: tf.TensorInfo): number {
    return this.backend.getMemoryOffset(dataId) >>> 0;
  }

  /** Copies values onto the heap for as long as `use` runs; returns what it leaves in their place. */
  lend<Values extends Float64Array | Float32Array | Int32Array>(
    values: Values,
    use: (address: number) => void,
  ): Values {
    const { backend } = this;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const copy = backend.makeOutput([bytes.length], 'bool', undefined, bytes);
    try {
      use(this.address(copy));
      bytes.set(backend.typedArrayFromHeap(copy));
    } finally {
      backend.disposeData(copy.dataId);
    }
    return values;
  }
}

import * as tf from '@tensorflow/tfjs';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** Where a backend keeps float32 tensors. */
export interface TensorMemory {
  /** Makes a tensor whose values are undefined. */
  readonly allocate: (shape: readonly number[]) => tf.TensorInfo;
  /**
   * Returns a tensor's values without copying. Take views after the last allocation: WebAssembly
   * memory moves when it grows.
   */
  readonly view: (tensor: tf.TensorInfo) => Float32Array;
}

export function wasmMemory(backend: BackendWasm): TensorMemory {
  return {
    allocate: (shape) => backend.makeOutput([...shape], 'float32'),
    view: (tensor) => backend.typedArrayFromHeap(tensor) as Float32Array,
  };
}

export function cpuMemory(backend: MathBackendCPU): TensorMemory {
  return {
    allocate: (shape) =>
      backend.makeTensorInfo(
        [...shape],
        'float32',
        new Float32Array(tf.util.sizeFromShape([...shape])),
      ),
    view: (tensor) => backend.readSync(tensor.dataId) as Float32Array,
  };
}

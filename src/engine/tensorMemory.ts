import * as tf from '@tensorflow/tfjs';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** Where a backend keeps float32 tensors, for kernels written in plain loops. */
export interface TensorMemory {
  /** Makes a tensor whose values are undefined. */
  allocate(shape: readonly number[]): tf.TensorInfo;
  /**
   * Returns a tensor's values without copying. Take views after the last allocation: WebAssembly
   * memory moves when it grows.
   */
  view(tensor: tf.TensorInfo): Float32Array;
}

/** Returns the memory of the cpu or the wasm backend. */
export function tensorMemory(backend: unknown): TensorMemory {
  return isWasm(backend) ? wasmMemory(backend) : cpuMemory(backend as MathBackendCPU);
}

function isWasm(backend: unknown): backend is BackendWasm {
  return backend instanceof Object && 'typedArrayFromHeap' in backend;
}

function wasmMemory(backend: BackendWasm): TensorMemory {
  return {
    allocate: (shape) => backend.makeOutput([...shape], 'float32'),
    view: (tensor) => backend.typedArrayFromHeap(tensor) as Float32Array,
  };
}

function cpuMemory(backend: MathBackendCPU): TensorMemory {
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

import type * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** What the engine hands to a kernel. */
export interface KernelCall<Inputs extends string, Attributes> {
  /** The engine's types promise only descriptions of tensors, but it passes the tensors. */
  readonly inputs: Readonly<Record<Inputs, tf.Tensor>>;
  readonly attrs: Attributes;
  readonly backend: BackendWasm;
}

/**
 * Describes a kernel of the wasm backend for TensorFlow.js to register.
 * `run` returns tensors made by tensor operations, or `backend.makeOutput`'s descriptions of them.
 * A view from `backend.typedArrayFromHeap` is valid only until the next allocation, which may move
 * the heap: take views after the last `makeOutput`.
 */
export function wasmKernel<Inputs extends string, Attributes>(
  kernelName: string,
  run: (call: KernelCall<Inputs, Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return { kernelName, backendName: 'wasm', kernelFunc: run as unknown as tf.KernelFunc };
}

/** Returns the view of a float32 tensor's values on the wasm heap. */
export function floats(backend: BackendWasm, tensor: tf.TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}

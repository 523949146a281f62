import * as tf from '@tensorflow/tfjs';

/** What the wasm backend has and others lack. */
interface HeapBackend {
  typedArrayFromHeap?(tensor: tf.TensorInfo): unknown;
}

/**
 * Returns the values of a float32 tensor of the current backend, where they lie if that can be:
 * they must not be changed, and are valid only until the next tensor is made or disposed of.
 */
export function viewOf(tensor: tf.Tensor): Float32Array {
  const backend = tf.backend() as HeapBackend;
  return (
    (backend.typedArrayFromHeap?.(tensor) as Float32Array | undefined) ??
    tensor.dataSync<'float32'>()
  );
}

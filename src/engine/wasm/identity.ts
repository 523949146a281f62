import type * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { wasmKernel } from './kernel.ts';

/**
 * Shares a tensor's memory with another one, as the other backends do; the published kernel copies,
 * and a training step clones every tensor that it saves for the backward pass.
 */
export const identity: tf.KernelConfig = wasmKernel<'x', unknown>(
  'Identity',
  ({ inputs: { x }, backend }) => shared(x, backend),
);

/** Describes another tensor in a tensor's memory. */
export function shared(
  { dataId, shape, dtype }: tf.TensorInfo,
  backend: BackendWasm,
): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

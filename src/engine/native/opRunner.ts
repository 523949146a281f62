import type * as tf from '@tensorflow/tfjs';

/** The name under which tfjs-node's kernels are registered. */
export const BACKEND = 'tensorflow';

/** An attribute of a TensorFlow op. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | number[];
}

/** What is used of tfjs-node's backend: it runs TensorFlow's ops by name. */
export interface OpRunner {
  readonly binding: Readonly<
    Record<'TF_FLOAT' | 'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_FLOAT' | 'TF_ATTR_BOOL', number>
  >;
  executeSingleOutput(op: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: OpAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  incRef(dataId: tf.TensorInfo['dataId']): void;
}

/** What the engine hands to a kernel. */
export interface Call<Inputs, Attributes = unknown> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
}

/** Describes a kernel for TensorFlow.js to register. */
export function nativeKernel<Inputs, Attributes>(
  kernelName: string,
  run: (call: Call<Inputs, Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return { kernelName, backendName: BACKEND, kernelFunc: run as unknown as tf.KernelFunc };
}

/** Makes an attribute of whole numbers. */
export function integers(
  { binding }: OpRunner,
  name: string,
  value: number | readonly number[],
): OpAttribute {
  const plain = typeof value === 'number' ? value : [...value];
  return { name, type: binding.TF_ATTR_INT, value: plain };
}

/** Makes an attribute that is true or false. */
export function flag({ binding }: OpRunner, name: string, value: boolean): OpAttribute {
  return { name, type: binding.TF_ATTR_BOOL, value };
}

/** Describes another tensor in a tensor's memory. */
export function shared(backend: OpRunner, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

import * as tf from '@tensorflow/tfjs';
import {
  FORWARD_KERNEL,
  GRADIENT_KERNEL,
  MOMENTS_KERNEL,
  type BatchNormAttributes,
  type ForwardInputs,
  type GradientInputs,
  type MomentsAttributes,
} from '../../nn/batchNormKernel.ts';
import { RELU_GRADIENT_KERNEL, type ReluGradientInputs } from '../reluGradient.ts';

/** The name under which tfjs-node's kernels are registered. */
export const BACKEND = 'tensorflow';

/** An attribute of a TensorFlow op. */
interface OpAttribute {
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
}

/** What the engine hands to a kernel. */
interface Call<Inputs, Attributes = unknown> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
}

type KernelCall = Parameters<tf.KernelFunc>[0];

type PoolAttributes = tf.MaxPoolAttrs;

interface MaxPoolInputs {
  /** [images, height, width, channels]. */
  readonly x: tf.TensorInfo;
}

interface MaxPoolGradientInputs {
  /** [images, height, width, channels], as the output. */
  readonly dy: tf.TensorInfo;
  readonly input: tf.TensorInfo;
  readonly output: tf.TensorInfo;
}

/**
 * Describes the kernels that tfjs-node lacks or composes of many ops: BatchNorm over domains and max
 * pooling are ops of our own in TensorFlow (src/engine/native/ops).
 */
export function nativeKernels(backend: OpRunner): tf.KernelConfig[] {
  const { binding } = backend;
  const integers = (name: string, value: number | number[]): OpAttribute => ({
    name,
    type: binding.TF_ATTR_INT,
    value,
  });
  const flag = (name: string, value: boolean): OpAttribute => ({
    name,
    type: binding.TF_ATTR_BOOL,
    value,
  });
  const layout = ({ segments, rows, groupSize }: MomentsAttributes): OpAttribute[] => [
    integers('segments', [...segments]),
    integers('rows', rows),
    integers('group_size', groupSize),
  ];
  const constant = ({ epsilon }: BatchNormAttributes): OpAttribute => ({
    name: 'epsilon',
    type: binding.TF_ATTR_FLOAT,
    value: epsilon,
  });

  const moments = ({ inputs, attrs }: Call<{ x: tf.TensorInfo }, MomentsAttributes>): tf.Tensor[] =>
    backend.executeMultipleOutputs('BnLensBatchNormMoments', layout(attrs), [inputs.x], 4);

  const batchNorm = ({ inputs, attrs }: Call<ForwardInputs, BatchNormAttributes>): tf.Tensor[] => {
    const { x, gamma, beta, mean, variance } = inputs;
    return backend.executeMultipleOutputs(
      'BnLensBatchNorm',
      [...layout(attrs), constant(attrs)],
      [x, gamma, beta, mean, variance],
      1,
    );
  };

  const batchNormGradient = ({
    inputs: { dy, x, gamma, mean, variance },
    attrs,
  }: Call<GradientInputs, BatchNormAttributes>): tf.Tensor[] =>
    backend.executeMultipleOutputs(
      'BnLensBatchNormGrad',
      [...layout(attrs), constant(attrs), flag('own_moments', attrs.ownMoments)],
      [dy, x, gamma, mean, variance],
      3,
    );

  const poolAttributes = (pool: tf.backend_util.Conv2DInfo): OpAttribute[] => [
    integers('window', [pool.filterHeight, pool.filterWidth]),
    integers('strides', [pool.strideHeight, pool.strideWidth]),
    integers('padding', [pool.padInfo.top, pool.padInfo.left]),
  ];

  const publishedMaxPool = tf.getKernel(tf.MaxPool, BACKEND).kernelFunc;
  const maxPool = (call: Call<MaxPoolInputs, PoolAttributes>): tf.TensorInfo | tf.TensorInfo[] => {
    const { x } = call.inputs;
    if (x.dtype !== 'float32') return publishedMaxPool(call as unknown as KernelCall);
    const pool = poolOf(x, call.attrs);
    const size = integers('size', [pool.outHeight, pool.outWidth]);
    return backend.executeSingleOutput('BnLensMaxPool', [...poolAttributes(pool), size], [x]);
  };

  const maxPoolGradient = ({
    inputs: { dy, input, output },
    attrs,
  }: Call<MaxPoolGradientInputs, PoolAttributes>): tf.Tensor =>
    backend.executeSingleOutput('BnLensMaxPoolGrad', poolAttributes(poolOf(input, attrs)), [
      dy,
      input,
      output,
    ]);

  const reluGradient = ({ inputs: { dy, x } }: Call<ReluGradientInputs>): tf.Tensor =>
    backend.executeSingleOutput(
      'ReluGrad',
      [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }],
      [dy, x],
    );

  return [
    kernel(MOMENTS_KERNEL, moments),
    kernel(FORWARD_KERNEL, batchNorm),
    kernel(GRADIENT_KERNEL, batchNormGradient),
    kernel(tf.MaxPool, maxPool),
    kernel(tf.MaxPoolGrad, maxPoolGradient),
    kernel(RELU_GRADIENT_KERNEL, reluGradient),
  ];
}

function kernel(
  kernelName: string,
  run: (call: never) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return { kernelName, backendName: BACKEND, kernelFunc: run as unknown as tf.KernelFunc };
}

function poolOf(
  { shape }: tf.TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttributes,
): tf.backend_util.Conv2DInfo {
  const [images, height, width, channels] = shape as [number, number, number, number];
  return tf.backend_util.computePool2DInfo(
    [images, height, width, channels],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

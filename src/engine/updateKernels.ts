import * as tf from '@tensorflow/tfjs';
import {
  ADAM_KERNEL,
  GLOBAL_NORM_KERNEL,
  MOMENTUM_KERNEL,
  type AdamAttributes,
  type AdamInputs,
  type MomentumAttributes,
  type MomentumInputs,
} from '../nn/optimizers/updateKernels.ts';

/** The engine's types promise only descriptions of tensors, but it passes the tensors. */
type Tensors<Inputs> = Readonly<Record<keyof Inputs, tf.Tensor>>;

/**
 * Describes the optimizers' kernels of a backend for TensorFlow.js to register: loops over typed
 * arrays, in double precision. They serve every backend, and copy nothing where a tensor that was
 * made from an array stays one until an operation wants it.
 */
export function updateKernels(backendName: string): tf.KernelConfig[] {
  return [
    {
      kernelName: ADAM_KERNEL,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        adam(inputs as Tensors<AdamInputs>, attrs as unknown as AdamAttributes),
    },
    {
      kernelName: MOMENTUM_KERNEL,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        momentum(inputs as Tensors<MomentumInputs>, attrs as unknown as MomentumAttributes),
    },
    globalNormKernel(backendName),
  ];
}

/** Describes the kernel of the global norm alone. */
export function globalNormKernel(backendName: string): tf.KernelConfig {
  return {
    kernelName: GLOBAL_NORM_KERNEL,
    backendName,
    kernelFunc: ({ inputs }) => globalNorm(Object.values(inputs as tf.NamedTensorMap)),
  };
}

function adam(inputs: Tensors<AdamInputs>, attributes: AdamAttributes): tf.Tensor[] {
  const { beta1, beta2, stepSize, correction, epsilon, decay, gradientScale } = attributes;
  const weight = valuesOf(inputs.weight);
  const gradient = valuesOf(inputs.gradient);
  const first = valuesOf(inputs.firstMoment);
  const second = valuesOf(inputs.secondMoment);
  const next = new Float32Array(weight.length);
  for (let i = 0; i < next.length; i++) {
    const w = weight[i]!;
    const g = gradientScale * gradient[i]!;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    next[i] = w - ((stepSize * m) / (Math.sqrt(v) / correction + epsilon) + decay * w);
  }
  return [next, first, second].map((values) => tf.tensor(values, inputs.weight.shape));
}

function momentum(inputs: Tensors<MomentumInputs>, attributes: MomentumAttributes): tf.Tensor[] {
  const { weightDecay, stepSize, byGradient, byMomentum, gradientScale } = attributes;
  const weight = valuesOf(inputs.weight);
  const gradient = valuesOf(inputs.gradient);
  const buffer = valuesOf(inputs.momentum);
  const next = new Float32Array(weight.length);
  for (let i = 0; i < next.length; i++) {
    const w = weight[i]!;
    const g = gradientScale * gradient[i]! + weightDecay * w;
    const b = attributes.momentum * buffer[i]! + g;
    buffer[i] = b;
    next[i] = w - stepSize * (byGradient * g + byMomentum * b);
  }
  return [next, buffer].map((values) => tf.tensor(values, inputs.weight.shape));
}

function globalNorm(tensors: readonly tf.Tensor[]): tf.Tensor {
  let sum = 0;
  for (const tensor of tensors) for (const value of valuesOf(tensor)) sum += value * value;
  return tf.scalar(Math.sqrt(sum));
}

function valuesOf(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>();
}

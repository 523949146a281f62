import * as tf from '@tensorflow/tfjs';
import {
  FORWARD_KERNEL,
  GRADIENT_KERNEL,
  type BatchNormAttributes,
  type ForwardInputs,
  type GradientInputs,
} from '../nn/batchNormKernel.ts';
import {
  inputGradient,
  momentsOfRows,
  normalize,
  parameterGradients,
  sumImages,
  type BatchLayout,
} from './batchNormLoops.ts';
import { tensorMemory, type TensorMemory } from './tensorMemory.ts';

/**
 * Registers the BatchNorm kernels, in plain loops, for a backend whose tensors lie in this
 * process' memory. Does nothing where they are registered already.
 */
export function registerBatchNormKernels(backendName: 'cpu' | 'wasm'): void {
  const registered = new Set(
    tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName),
  );
  const register = (kernelName: string, run: Kernel): void => {
    if (registered.has(kernelName)) return;
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(inputs, attrs as unknown as BatchNormAttributes, tensorMemory(backend)),
    });
  };
  register(FORWARD_KERNEL, (inputs, attributes, memory) =>
    forward(inputs as unknown as ForwardInputs, attributes, memory),
  );
  register(GRADIENT_KERNEL, (inputs, attributes, memory) =>
    gradient(inputs as unknown as GradientInputs, attributes, memory),
  );
}

type Kernel = (
  inputs: tf.NamedTensorInfoMap,
  attributes: BatchNormAttributes,
  memory: TensorMemory,
) => tf.TensorInfo[];

function forward(
  inputs: ForwardInputs,
  { segments, rows, epsilon, ownMoments, wantsSums }: BatchNormAttributes,
  memory: TensorMemory,
): tf.TensorInfo[] {
  const [images, pixels, channels] = shape3d(inputs.x);
  const layout: BatchLayout = { pixels, channels, segments, rows };
  const outputs = {
    y: memory.allocate([images, pixels, channels]),
    mean: memory.allocate([rows, channels]),
    variance: memory.allocate([rows, channels]),
    shift: memory.allocate([channels]),
    sums: memory.allocate([images, channels, 2]),
  };
  const x = memory.view(inputs.x);
  const mean = memory.view(outputs.mean);
  const variance = memory.view(outputs.variance);
  const shift = memory.view(outputs.shift);
  const sums = memory.view(outputs.sums);

  // A pixel of its own lies near a channel's mean: no offset makes the squares cancel.
  shift.set(x.subarray(0, channels));
  if (ownMoments || wantsSums) {
    const totals = sumImages(layout, x, shift, sums);
    momentsOfRows(layout, totals, shift, mean, variance);
  } else {
    sums.fill(0);
  }
  if (!ownMoments) {
    mean.set(memory.view(inputs.mean));
    variance.set(memory.view(inputs.variance));
  }
  const normalizer = { gamma: memory.view(inputs.gamma), mean, variance, epsilon };
  normalize(layout, x, normalizer, memory.view(inputs.beta), memory.view(outputs.y));
  return [outputs.y, outputs.mean, outputs.variance, outputs.shift, outputs.sums];
}

function gradient(
  inputs: GradientInputs,
  { segments, rows, epsilon, ownMoments }: BatchNormAttributes,
  memory: TensorMemory,
): tf.TensorInfo[] {
  const [images, pixels, channels] = shape3d(inputs.x);
  const layout: BatchLayout = { pixels, channels, segments, rows };
  const outputs = {
    dx: memory.allocate([images, pixels, channels]),
    dGamma: memory.allocate([segments.length, channels]),
    dBeta: memory.allocate([segments.length, channels]),
  };
  const dy = memory.view(inputs.dy);
  const x = memory.view(inputs.x);
  const normalizer = {
    gamma: memory.view(inputs.gamma),
    mean: memory.view(inputs.mean),
    variance: memory.view(inputs.variance),
    epsilon,
  };
  const dGamma = memory.view(outputs.dGamma);
  const dBeta = memory.view(outputs.dBeta);
  const totals = parameterGradients(layout, dy, x, normalizer, dGamma, dBeta);
  const dx = memory.view(outputs.dx);
  inputGradient(layout, dy, x, normalizer, ownMoments ? totals : null, dx);
  return [outputs.dx, outputs.dGamma, outputs.dBeta];
}

function shape3d({ shape }: tf.TensorInfo): [number, number, number] {
  return shape as [number, number, number];
}

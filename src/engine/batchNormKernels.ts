import type * as tf from '@tensorflow/tfjs';
import {
  FORWARD_KERNEL,
  GRADIENT_KERNEL,
  type BatchNormAttributes,
  type ForwardInputs,
  type GradientInputs,
} from '../nn/batchNormKernel.ts';
import {
  gradientForInput,
  gradientGate,
  momentsOfRows,
  normalization,
  parameterGradients,
  type BatchLayout,
} from './batchNormAlgebra.ts';
import type { BatchNormLoops } from './batchNormLoops.ts';
import type { TensorMemory } from './tensorMemory.ts';

/** How a backend, whose tensors lie in this process' memory, runs BatchNorm. */
export interface BatchNormEngine {
  readonly memory: TensorMemory;
  readonly loops: BatchNormLoops;
}

/** Describes the BatchNorm kernels of a backend for TensorFlow.js to register. */
export function batchNormKernels(backendName: string, engine: BatchNormEngine): tf.KernelConfig[] {
  return [
    {
      kernelName: FORWARD_KERNEL,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        forward(
          inputs as unknown as ForwardInputs,
          attrs as unknown as BatchNormAttributes,
          engine,
        ),
    },
    {
      kernelName: GRADIENT_KERNEL,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        gradient(
          inputs as unknown as GradientInputs,
          attrs as unknown as BatchNormAttributes,
          engine,
        ),
    },
  ];
}

// Loops may allocate, so views are taken anew after each of them.

function forward(
  inputs: ForwardInputs,
  { segments, rows, epsilon, ownMoments, wantsSums, isRectified }: BatchNormAttributes,
  { memory: { allocate, view }, loops }: BatchNormEngine,
): tf.TensorInfo[] {
  const { x } = inputs;
  const [images, pixels, channels] = shape3d(x);
  const layout: BatchLayout = { pixels, channels, segments, rows };
  const y = allocate([images, pixels, channels]);
  const mean = allocate([rows, channels]);
  const variance = allocate([rows, channels]);
  const shift = allocate([channels]);
  const sums = allocate([images, channels, 2]);

  // A pixel of its own lies near a channel's mean: no offset makes the squares cancel.
  view(shift).set(view(x).subarray(0, channels));
  if (ownMoments || wantsSums) {
    const totals = loops.sumImages(layout, x, shift, sums);
    momentsOfRows(layout, totals, view(shift), view(mean), view(variance));
  } else {
    view(sums).fill(0);
  }
  if (!ownMoments) {
    view(mean).set(view(inputs.mean));
    view(variance).set(view(inputs.variance));
  }
  const normalizer = {
    gamma: view(inputs.gamma),
    mean: view(mean),
    variance: view(variance),
    epsilon,
  };
  const coefficients = normalization(layout, normalizer, view(inputs.beta), isRectified);
  loops.normalize(layout, x, coefficients, y);
  return [y, mean, variance, shift, sums];
}

function gradient(
  { dy, x, gamma, beta, mean, variance }: GradientInputs,
  { segments, rows, epsilon, ownMoments, isRectified }: BatchNormAttributes,
  { memory: { allocate, view }, loops }: BatchNormEngine,
): tf.TensorInfo[] {
  const [images, pixels, channels] = shape3d(x);
  const layout: BatchLayout = { pixels, channels, segments, rows };
  const dx = allocate([images, pixels, channels]);
  const dGamma = allocate([segments.length, channels]);
  const dBeta = allocate([segments.length, channels]);
  const given = { gamma: view(gamma), mean: view(mean), variance: view(variance), epsilon };
  const gate = gradientGate(layout, given, view(beta), isRectified);
  const sums = loops.sumGradients(layout, dy, x, mean, gate);
  const normalizer = { gamma: view(gamma), mean: view(mean), variance: view(variance), epsilon };
  parameterGradients(layout, sums, normalizer, view(dGamma), view(dBeta));
  const coefficients = gradientForInput(layout, ownMoments ? sums : null, normalizer, gate);
  loops.inputGradient(layout, dy, x, coefficients, dx);
  return [dx, dGamma, dBeta];
}

function shape3d({ shape }: tf.TensorInfo): [number, number, number] {
  return shape as [number, number, number];
}

import type * as tf from '@tensorflow/tfjs';
import {
  FORWARD_KERNEL,
  GRADIENT_KERNEL,
  MOMENTS_KERNEL,
  type BatchNormAttributes,
  type ForwardInputs,
  type GradientInputs,
  type MomentsAttributes,
} from '../nn/batchNormKernel.ts';
import {
  gradientForInput,
  gradientGate,
  momentsOfRows,
  normalization,
  parameterGradients,
  type BatchLayout,
  type Normalizer,
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
  const kernel = (
    kernelName: string,
    run: (inputs: never, attributes: never, engine: BatchNormEngine) => tf.TensorInfo[],
  ): tf.KernelConfig => ({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => run(inputs as never, attrs as never, engine),
  });
  return [
    kernel(MOMENTS_KERNEL, moments),
    kernel(FORWARD_KERNEL, forward),
    kernel(GRADIENT_KERNEL, gradient),
  ];
}

// Loops may allocate, so views are taken anew after each of them.

function moments(
  { x }: { readonly x: tf.TensorInfo },
  attributes: MomentsAttributes,
  { memory: { allocate, view }, loops }: BatchNormEngine,
): tf.TensorInfo[] {
  const layout = layoutOf(x, attributes);
  const { channels, rows } = layout;
  const mean = allocate([rows, channels]);
  const variance = allocate([rows, channels]);
  const shift = allocate([channels]);
  const sums = allocate([x.shape[0]!, channels, 2]);
  // A pixel of its own lies near a channel's mean: no offset makes the squares cancel.
  view(shift).set(view(x).subarray(0, channels));
  const totals = loops.sumImages(layout, x, shift, sums);
  momentsOfRows(layout, totals, view(shift), view(mean), view(variance));
  return [mean, variance, shift, sums];
}

function forward(
  inputs: ForwardInputs,
  attributes: BatchNormAttributes,
  engine: BatchNormEngine,
): tf.TensorInfo[] {
  const { x } = inputs;
  const layout = layoutOf(x, attributes);
  const { pooledColumns } = attributes;
  const { memory, loops } = engine;
  if (pooledColumns === null) {
    const y = memory.allocate(x.shape);
    const coefficients = normalization(layout, normalizerOf(inputs, attributes, engine));
    loops.normalize(layout, x, coefficients, y);
    return [y];
  }
  const { pixels, channels } = pooled(layout);
  const y = memory.allocate([x.shape[0]!, pixels, channels]);
  const peaks = memory.allocate(y.shape);
  const coefficients = normalization(layout, normalizerOf(inputs, attributes, engine));
  loops.normalizeAndPool(layout, pooledColumns, x, coefficients, y, peaks);
  return [y, peaks];
}

function gradient(
  inputs: Omit<GradientInputs, 'peaks'> & { readonly peaks?: tf.TensorInfo },
  attributes: BatchNormAttributes,
  engine: BatchNormEngine,
): tf.TensorInfo[] {
  const { dy, peaks, x, mean } = inputs;
  const { pooledColumns } = attributes;
  const { memory, loops } = engine;
  const layout = layoutOf(x, attributes);
  const dx = memory.allocate(x.shape);
  const dGamma = memory.allocate([layout.segments.length, layout.channels]);
  const dBeta = memory.allocate([layout.segments.length, layout.channels]);
  const gate = gradientGate(layout, normalizerOf(inputs, attributes, engine));
  // Where pixels are pooled, dy counts at the peaks alone.
  const counted = peaks === undefined ? { layout, x } : { layout: pooled(layout), x: peaks };
  const sums = loops.sumGradients(counted.layout, dy, counted.x, mean, gate);
  const normalizer = normalizerOf(inputs, attributes, engine);
  parameterGradients(layout, sums, normalizer, memory.view(dGamma), memory.view(dBeta));
  const used = attributes.ownMoments ? sums : null;
  const coefficients = gradientForInput(layout, used, normalizer, gate);
  if (peaks === undefined || pooledColumns === null)
    loops.inputGradient(layout, dy, x, coefficients, dx);
  else loops.pooledInputGradient(layout, pooledColumns, dy, peaks, x, coefficients, dx);
  return [dx, dGamma, dBeta];
}

function layoutOf(
  { shape }: tf.TensorInfo,
  { segments, rows, groupSize }: MomentsAttributes,
): BatchLayout {
  const [, pixels, channels] = shape as [number, number, number];
  return { pixels, channels, segments, rows, groupSize };
}

/** The layout of what is left when squares of 2 × 2 pixels are pooled. */
function pooled(layout: BatchLayout): BatchLayout {
  return { ...layout, pixels: layout.pixels / 4 };
}

/** Valid until a loop allocates. */
function normalizerOf(
  { gamma, beta, mean, variance }: ForwardInputs,
  { epsilon, isRectified }: BatchNormAttributes,
  { memory: { view } }: BatchNormEngine,
): Normalizer {
  return {
    gamma: view(gamma),
    beta: view(beta),
    mean: view(mean),
    variance: view(variance),
    epsilon,
    isRectified,
  };
}

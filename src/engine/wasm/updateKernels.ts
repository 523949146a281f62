import * as tf from '@tensorflow/tfjs';
import {
  ADAM_KERNEL,
  GLOBAL_NORM_KERNEL,
  MOMENTUM_KERNEL,
  type AdamAttributes,
  type AdamInputs,
  type MomentumAttributes,
  type MomentumInputs,
} from '../../nn/optimizers/updateKernels.ts';
import { shared } from './identity.ts';
import { wasmKernel } from './kernel.ts';
import { shares } from './shares.ts';
import type { SimdHeap } from './simdHeap.ts';

/** Describes the optimizers' kernels on the wasm heap for TensorFlow.js to register. */
export function simdUpdateKernels(heap: SimdHeap): tf.KernelConfig[] {
  return [adamKernel(heap), momentumKernel(heap), globalNormKernel(heap)];
}

function adamKernel(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<keyof AdamInputs, AdamAttributes>(ADAM_KERNEL, ({ inputs, attrs }) => {
    const { weight, gradient, firstMoment, secondMoment } = inputs;
    const { gradientScale, beta1, beta2, stepSize, correction, epsilon, decay } = attrs;
    const moments = [beta1, 1 - beta1, beta2, 1 - beta2];
    const next = heap.backend.makeOutput(weight.shape, 'float32');
    heap.lend(
      Float32Array.of(gradientScale, ...moments, stepSize, correction, epsilon, decay),
      (settings) => {
        const tensors = [weight, gradient, firstMoment, secondMoment, next];
        heap.run(
          shares(weight.size, tensors.length).map(({ first, count }) => [
            'adamUpdate',
            ...tensors.map((tensor) => heap.address(tensor) + 4 * first),
            count,
            settings,
          ]),
        );
      },
    );
    return [next, shared(firstMoment, heap.backend), shared(secondMoment, heap.backend)];
  });
}

function momentumKernel(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<keyof MomentumInputs, MomentumAttributes>(
    MOMENTUM_KERNEL,
    ({ inputs: { weight, gradient, momentum }, attrs }) => {
      const { gradientScale, weightDecay, stepSize, byGradient, byMomentum } = attrs;
      const next = heap.backend.makeOutput(weight.shape, 'float32');
      heap.lend(
        Float32Array.of(
          gradientScale,
          weightDecay,
          attrs.momentum,
          stepSize,
          byGradient,
          byMomentum,
        ),
        (settings) => {
          const tensors = [weight, gradient, momentum, next];
          heap.run(
            shares(weight.size, tensors.length).map(({ first, count }) => [
              'momentumUpdate',
              ...tensors.map((tensor) => heap.address(tensor) + 4 * first),
              count,
              settings,
            ]),
          );
        },
      );
      return [next, shared(momentum, heap.backend)];
    },
  );
}

function globalNormKernel(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<string, unknown>(GLOBAL_NORM_KERNEL, ({ inputs }) => {
    const parts = Object.values(inputs).flatMap((x) =>
      shares(x.size, 1).map(({ first, count }) => ({ at: heap.address(x) + 4 * first, count })),
    );
    const sums = heap.lend(new Float64Array(parts.length), (totals) => {
      heap.run(parts.map(({ at, count }, part) => ['sumSquares', at, count, totals + 8 * part]));
    });
    return tf.scalar(Math.sqrt(sums.reduce((a, b) => a + b, 0)));
  });
}

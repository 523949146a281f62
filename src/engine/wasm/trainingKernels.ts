import * as tf from '@tensorflow/tfjs';
import { avgPool3dGrad, avgPoolGrad } from './avgPoolGrad.ts';
import { batchMatMul } from './batchMatMul.ts';
import { conv2dBackpropFilter } from './conv2dBackpropFilter.ts';
import { conv2dBackpropInput } from './conv2dBackpropInput.ts';
import { conv3dBackpropFilter } from './conv3dBackpropFilter.ts';
import { conv3dBackpropInput } from './conv3dBackpropInput.ts';
import { depthwiseConv2dBackpropFilter } from './depthwiseConv2dBackpropFilter.ts';
import { depthwiseConv2dBackpropInput } from './depthwiseConv2dBackpropInput.ts';
import { maxPool3d } from './maxPool3d.ts';
import { maxPool3dGrad, maxPoolGrad } from './maxPoolGrad.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';

/** The kernels that training needs and the published wasm backend lacks, gets wrong or is slow at. */
const TRAINING_KERNELS: readonly tf.KernelConfig[] = [
  avgPoolGrad,
  avgPool3dGrad,
  batchMatMul,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  conv3dBackpropFilter,
  conv3dBackpropInput,
  depthwiseConv2dBackpropFilter,
  depthwiseConv2dBackpropInput,
  maxPool3d,
  maxPoolGrad,
  maxPool3dGrad,
  unsortedSegmentSum,
];

/** Registers the training kernels on the wasm backend, over the published ones where there are. */
export function installTrainingKernels(): void {
  const registered = new Set(tf.getKernelsForBackend('wasm').map((kernel) => kernel.kernelName));
  for (const kernel of TRAINING_KERNELS) {
    if (registered.has(kernel.kernelName)) tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel(kernel);
  }
}

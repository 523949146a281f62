import type * as tf from '@tensorflow/tfjs';
import { batchMatMul } from './batchMatMul.ts';
import { cast } from './cast.ts';
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput } from './conv2d.ts';
import { conv3d, conv3dBackpropFilter, conv3dBackpropInput } from './conv3d.ts';
import { depthwiseConv2dBackpropFilter } from './depthwiseConv2dBackpropFilter.ts';
import { depthwiseConv2dBackpropInput } from './depthwiseConv2dBackpropInput.ts';
import { gatherV2 } from './gatherV2.ts';
import { identity } from './identity.ts';
import { poolingKernels } from './pooling.ts';
import { reluKernels } from './relu.ts';
import type { SimdHeap } from './simdHeap.ts';
import { sum } from './sum.ts';
import { unsortedSegmentSum } from './unsortedSegmentSum.ts';

/**
 * Makes the kernels that training needs and the published wasm backend lacks, gets wrong or is slow
 * at.
 */
export function trainingKernels(heap: SimdHeap): readonly tf.KernelConfig[] {
  return [
    batchMatMul(heap),
    cast,
    conv2d(heap),
    conv2dBackpropFilter(heap),
    conv2dBackpropInput(heap),
    conv3d(heap),
    conv3dBackpropFilter(heap),
    conv3dBackpropInput(heap),
    depthwiseConv2dBackpropFilter(heap),
    depthwiseConv2dBackpropInput(heap),
    gatherV2,
    identity,
    ...poolingKernels(heap),
    ...reluKernels(heap),
    sum(heap),
    unsortedSegmentSum,
  ];
}

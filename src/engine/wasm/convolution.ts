import type * as tf from '@tensorflow/tfjs';

/** One axis of a convolution: input index = output·stride + tap·dilation − pad. */
export interface ConvolutionAxis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the input. */
  readonly pad: number;
}

/** A convolution over depth, height and width, channels last; a 2-D one has a depth of 1. */
export interface Convolution {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly axes: readonly [depth: ConvolutionAxis, height: ConvolutionAxis, width: ConvolutionAxis];
}

/** Describes a 2-D convolution as one of depth 1. */
export function convolution2d(info: tf.backend_util.Conv2DInfo): Convolution {
  const depth = { input: 1, output: 1, filter: 1, stride: 1, dilation: 1, pad: 0 };
  return { ...sizes(info), axes: [depth, ...planeAxes(info)] };
}

/** Describes a 3-D convolution. */
export function convolution3d(info: tf.backend_util.Conv3DInfo): Convolution {
  const depth = {
    input: info.inDepth,
    output: info.outDepth,
    filter: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    pad: info.padInfo.front,
  };
  return { ...sizes(info), axes: [depth, ...planeAxes(info)] };
}

type Info = tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo;

function sizes({ batchSize, inChannels, outChannels }: Info): Omit<Convolution, 'axes'> {
  return { batch: batchSize, inChannels, outChannels };
}

function planeAxes(info: Info): [height: ConvolutionAxis, width: ConvolutionAxis] {
  return [
    {
      input: info.inHeight,
      output: info.outHeight,
      filter: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      pad: info.padInfo.top,
    },
    {
      input: info.inWidth,
      output: info.outWidth,
      filter: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      pad: info.padInfo.left,
    },
  ];
}

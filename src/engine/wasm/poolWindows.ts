import type * as tf from '@tensorflow/tfjs';

/** The windows of a pooling over [batch, depth, height, width, channels], cut to the input. */
export interface Pooling {
  readonly batch: number;
  readonly channels: number;
  readonly depth: Axis;
  readonly height: Axis;
  readonly width: Axis;
}

interface Axis {
  readonly input: number;
  readonly output: number;
  readonly window: number;
  readonly stride: number;
  readonly pad: number;
}

/** Describes a 2-D pooling as one of depth 1. */
export function pooling2d(info: tf.backend_util.Conv2DInfo): Pooling {
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    depth: { input: 1, output: 1, window: 1, stride: 1, pad: 0 },
    height: {
      input: info.inHeight,
      output: info.outHeight,
      window: info.filterHeight,
      stride: info.strideHeight,
      pad: info.padInfo.top,
    },
    width: {
      input: info.inWidth,
      output: info.outWidth,
      window: info.filterWidth,
      stride: info.strideWidth,
      pad: info.padInfo.left,
    },
  };
}

/** Describes a 3-D pooling. */
export function pooling3d(info: tf.backend_util.Conv3DInfo): Pooling {
  const { front, top, left } = info.padInfo;
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    depth: {
      input: info.inDepth,
      output: info.outDepth,
      window: info.filterDepth,
      stride: info.strideDepth,
      pad: front,
    },
    height: {
      input: info.inHeight,
      output: info.outHeight,
      window: info.filterHeight,
      stride: info.strideHeight,
      pad: top,
    },
    width: {
      input: info.inWidth,
      output: info.outWidth,
      window: info.filterWidth,
      stride: info.strideWidth,
      pad: left,
    },
  };
}

/** Lays a pooling's windows out as the SIMD kernels read them. */
export function poolingGeometry({ channels, depth, height, width }: Pooling): Int32Array {
  const axes = [depth, height, width].flatMap(({ input, output, window, stride, pad }) => [
    input,
    output,
    window,
    stride,
    pad,
  ]);
  return Int32Array.of(channels, ...axes);
}

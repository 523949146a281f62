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

/** Lays a pooling out as the SIMD kernels read it. */
export function poolingGeometry({ batch, channels, depth, height, width }: Pooling): Int32Array {
  const axes = [depth, height, width].flatMap(({ input, output, window, stride, pad }) => [
    input,
    output,
    window,
    stride,
    pad,
  ]);
  return Int32Array.of(batch, channels, ...axes);
}

/**
 * Visits every window: `output` is the offset of its first channel in the pooled tensor, `cells`
 * the offsets of its cells' first channels in the input, in reading order, without the padding.
 * `cells` is used again for the next window.
 */
export function forEachWindow(
  { batch, depth, height, width, channels }: Pooling,
  visit: (output: number, cells: readonly number[]) => void,
): void {
  const cells: number[] = [];
  let output = 0;
  for (let image = 0; image < batch; image++) {
    for (let outD = 0; outD < depth.output; outD++) {
      const [firstD, endD] = span(depth, outD);
      for (let outH = 0; outH < height.output; outH++) {
        const [firstH, endH] = span(height, outH);
        for (let outW = 0; outW < width.output; outW++, output += channels) {
          const [firstW, endW] = span(width, outW);
          cells.length = 0;
          for (let d = firstD; d < endD; d++) {
            for (let h = firstH; h < endH; h++) {
              const row = ((image * depth.input + d) * height.input + h) * width.input;
              for (let w = firstW; w < endW; w++) cells.push((row + w) * channels);
            }
          }
          visit(output, cells);
        }
      }
    }
  }
}

function span({ input, window, stride, pad }: Axis, output: number): [first: number, end: number] {
  const first = output * stride - pad;
  return [Math.max(0, first), Math.min(input, first + window)];
}

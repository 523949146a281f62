import * as tf from '@tensorflow/tfjs';

type Pair = [number, number];

/**
 * Registers for the published wasm backend the kernels that it lacks for training the nets that are
 * measured, composed from those it has: the peer that a patient user of tfjs could have.
 */
export function registerComposedKernels(): void {
  register('Conv2DBackpropFilter', convolutionFilterGradient);
  register('DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient);
  register('DepthwiseConv2dNativeBackpropInput', depthwiseInputGradient);
}

type Gradient = (
  inputs: Readonly<Record<string, tf.Tensor4D>>,
  attributes: ConvolutionAttributes,
) => tf.Tensor;

interface ConvolutionAttributes {
  readonly strides: number | Pair;
  readonly pad: 'valid' | 'same' | number;
  readonly filterShape: [number, number, number, number];
  readonly inputShape: [number, number, number, number];
}

function register(kernelName: string, gradient: Gradient): void {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() =>
        gradient(
          inputs as unknown as Record<string, tf.Tensor4D>,
          attrs as unknown as ConvolutionAttributes,
        ),
      ),
  });
}

/** One product of the unfolded input, transposed, with dy. */
function convolutionFilterGradient(
  { x, dy }: Readonly<Record<string, tf.Tensor4D>>,
  { strides, pad, filterShape }: ConvolutionAttributes,
): tf.Tensor {
  const taps = unfold(x!, geometry(x!.shape, filterShape, strides, pad, false));
  const pixels = tf.reshape(dy!, [-1, filterShape[3]]);
  return tf.reshape(tf.matMul(tf.concat(taps, 0), pixels), filterShape);
}

/** Sums the products of each shifted input with dy. */
function depthwiseFilterGradient(
  { x, dy }: Readonly<Record<string, tf.Tensor4D>>,
  { strides, pad, filterShape }: ConvolutionAttributes,
): tf.Tensor {
  requireOneFilterPerChannel(filterShape);
  const taps = unfold(x!, geometry(x!.shape, filterShape, strides, pad, true));
  const channelsFirst = tf.reshape(tf.transpose(dy!, [3, 0, 1, 2]), [filterShape[2], -1]);
  const sums = taps.map((tap) => tf.sum(tf.mul(tap, channelsFirst), 1));
  return tf.reshape(tf.stack(sums), filterShape);
}

/** A depthwise convolution of dy, padded, with the filters turned by half a circle. */
function depthwiseInputGradient(
  { dy, filter }: Readonly<Record<string, tf.Tensor4D>>,
  { strides, pad, inputShape }: ConvolutionAttributes,
): tf.Tensor {
  const { shape } = filter!;
  requireOneFilterPerChannel(shape);
  const { strideHeight, strideWidth, filterHeight, filterWidth, inHeight, inWidth, ...info } =
    geometry(inputShape, shape, strides, pad, true);
  if (strideHeight !== 1 || strideWidth !== 1) throw new Error('composed for stride 1 only');
  const top = filterHeight - 1 - info.padInfo.top;
  const left = filterWidth - 1 - info.padInfo.left;
  const padded = tf.pad(dy!, [
    [0, 0],
    [top, inHeight + filterHeight - 1 - info.outHeight - top],
    [left, inWidth + filterWidth - 1 - info.outWidth - left],
    [0, 0],
  ]);
  return tf.depthwiseConv2d(padded, tf.reverse(filter!, [0, 1]), 1, 'valid');
}

type Geometry = ReturnType<typeof geometry>;

function geometry(
  inputShape: [number, number, number, number],
  filterShape: [number, number, number, number],
  strides: number | Pair,
  pad: ConvolutionAttributes['pad'],
  depthwise: boolean,
) {
  return tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    undefined,
    depthwise,
  );
}

/** Returns, for each tap of the filter, the pixels it sees: [channels, output pixels]. */
function unfold(x: tf.Tensor4D, info: Geometry): tf.Tensor2D[] {
  const { strideHeight, strideWidth, outHeight, outWidth, inHeight, inWidth, batchSize } = info;
  const { top, left } = info.padInfo;
  const rows = (outHeight - 1) * strideHeight + 1;
  const columns = (outWidth - 1) * strideWidth + 1;
  const padded = tf.pad(x, [
    [0, 0],
    [top, Math.max(0, rows + info.filterHeight - 1 - inHeight - top)],
    [left, Math.max(0, columns + info.filterWidth - 1 - inWidth - left)],
    [0, 0],
  ]);
  const channelsFirst = tf.transpose(padded, [3, 0, 1, 2]);
  const taps: tf.Tensor2D[] = [];
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const begin = [0, 0, row, column];
      const end = [info.inChannels, batchSize, row + rows, column + columns];
      const seen = tf.stridedSlice(channelsFirst, begin, end, [1, 1, strideHeight, strideWidth]);
      taps.push(tf.reshape(seen, [info.inChannels, -1]));
    }
  }
  return taps;
}

function requireOneFilterPerChannel([, , , multiplier]: readonly number[]): void {
  if (multiplier !== 1) throw new Error('composed for one filter per channel only');
}

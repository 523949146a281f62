import * as tf from '@tensorflow/tfjs';

/**
 * Registers for the published wasm backend the kernels that it lacks for training the nets that are
 * measured, and replaces two that multiply one pair of numbers at a time; all are composed from
 * kernels that it has. So it trains as fast as a patient user of tfjs could make it.
 */
export function registerComposedKernels(): void {
  register('Conv2DBackpropFilter', convolutionFilterGradient);
  register('DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient);
  register('DepthwiseConv2dNativeBackpropInput', depthwiseInputGradient);
  replace('Conv2DBackpropInput', convolutionInputGradient);
  replace('BatchMatMul', productOfTransposed);
}

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Shape4D = [number, number, number, number];

/** Each kernel has some of these. */
interface Attributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly filterShape: Shape4D;
  readonly inputShape: Shape4D;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

type Published = (inputs: Inputs, attributes: Partial<Attributes>) => tf.Tensor;
type Composed = (inputs: Inputs, attributes: Attributes, published: Published) => tf.Tensor;

function register(
  kernelName: string,
  compose: (inputs: Inputs, attributes: Attributes) => tf.Tensor,
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compose(inputs as unknown as Inputs, attrs as unknown as Attributes)),
  });
}

function replace(kernelName: string, compose: Composed): void {
  const kernel = tf.getKernel(kernelName, 'wasm');
  const { kernelFunc } = kernel;
  kernel.kernelFunc = ({ inputs, attrs, backend }) =>
    tf.tidy(() =>
      compose(inputs as unknown as Inputs, attrs as unknown as Attributes, (own, attributes) => {
        const call = { inputs: own, attrs: attributes as tf.NamedAttrMap, backend };
        return tf.engine().makeTensorFromTensorInfo(kernelFunc(call) as tf.TensorInfo);
      }),
    );
}

/** One product of the unfolded input, transposed, with dy. */
function convolutionFilterGradient(
  { x, dy }: Inputs,
  { strides, pad, filterShape }: Attributes,
): tf.Tensor {
  const taps = unfold(x as tf.Tensor4D, geometry(x!.shape, filterShape, strides, pad, false));
  const pixels = tf.reshape(dy!, [-1, filterShape[3]]);
  return tf.reshape(tf.matMul(tf.concat(taps, 0), pixels), filterShape);
}

/** Sums the products of each shifted input with dy. */
function depthwiseFilterGradient(
  { x, dy }: Inputs,
  { strides, pad, filterShape }: Attributes,
): tf.Tensor {
  requireOneFilterPerChannel(filterShape);
  const taps = unfold(x as tf.Tensor4D, geometry(x!.shape, filterShape, strides, pad, true));
  const channelsFirst = tf.reshape(tf.transpose(dy!, [3, 0, 1, 2]), [filterShape[2], -1]);
  const sums = taps.map((tap) => tf.sum(tf.mul(tap, channelsFirst), 1));
  return tf.reshape(tf.stack(sums), filterShape);
}

/** A convolution of dy, padded, with the filters turned by half a circle, inputs for outputs. */
function convolutionInputGradient(
  inputs: Inputs,
  attributes: Attributes,
  published: Published,
): tf.Tensor {
  const filter = inputs['filter'] as tf.Tensor4D;
  const { inputShape, strides, pad } = attributes;
  const info = geometry(inputShape, filter.shape, strides, pad, false);
  if (info.strideHeight > 1 || info.strideWidth > 1) return published(inputs, attributes);
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(paddedGradient(inputs['dy']!, info), turned, 1, 'valid');
}

/** As for a convolution, channel by channel. */
function depthwiseInputGradient(
  inputs: Inputs,
  { inputShape, strides, pad }: Attributes,
): tf.Tensor {
  const filter = inputs['filter'] as tf.Tensor4D;
  requireOneFilterPerChannel(filter.shape);
  const info = geometry(inputShape, filter.shape, strides, pad, true);
  if (info.strideHeight > 1 || info.strideWidth > 1) throw new Error('composed for stride 1 only');
  const padded = paddedGradient(inputs['dy']!, info);
  return tf.depthwiseConv2d(padded, tf.reverse(filter, [0, 1]), 1, 'valid');
}

/** Only the product of matrices as they are uses SIMD. */
function productOfTransposed(
  { a, b }: Inputs,
  { transposeA, transposeB }: Attributes,
  published: Published,
): tf.Tensor {
  const asIs = (tensor: tf.Tensor, transposed: boolean) =>
    transposed ? tf.transpose(tensor, [0, 2, 1]) : tensor;
  return published(
    { a: asIs(a!, transposeA), b: asIs(b!, transposeB) },
    { transposeA: false, transposeB: false },
  );
}

type Geometry = ReturnType<typeof geometry>;

function geometry(
  inputShape: readonly number[],
  filterShape: Shape4D,
  strides: Attributes['strides'],
  pad: Attributes['pad'],
  depthwise: boolean,
) {
  const shape = inputShape as Shape4D;
  const { computeConv2DInfo } = tf.backend_util;
  return computeConv2DInfo(shape, filterShape, strides, 1, pad, undefined, depthwise);
}

/** Pads dy so that a convolution without padding gives a tensor of the input's size. */
function paddedGradient(dy: tf.Tensor, info: Geometry): tf.Tensor4D {
  const { filterHeight, filterWidth, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  return tf.pad(dy as tf.Tensor4D, [
    [0, 0],
    [top, inHeight + filterHeight - 1 - outHeight - top],
    [left, inWidth + filterWidth - 1 - outWidth - left],
    [0, 0],
  ]);
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

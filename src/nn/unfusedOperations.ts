import * as tf from '@tensorflow/tfjs';

type Convolution = Parameters<typeof tf.fused.conv2d>[0];

/** What comes after a fused operation's product. */
type Finish = Pick<
  Convolution,
  'bias' | 'activation' | 'preluActivationWeights' | 'leakyreluAlpha'
>;

/**
 * Lets the fused operations, which the layers of TensorFlow.js call, run as the plain ones that they
 * stand for. The gradient of a fused operation is computed for every input, that of a plain one only
 * where it is needed: so the first layer does not compute one for its images.
 */
export function unfuseOperations(): void {
  const unfused: typeof tf.fused = {
    conv2d: ({ x, filter, strides, pad, dataFormat, dilations, dimRoundingMode, ...rest }) =>
      finish(tf.conv2d(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode), rest),
    depthwiseConv2d: ({ x, filter, strides, pad, dataFormat, dilations, ...rest }) => {
      const { dimRoundingMode } = rest;
      const y = tf.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
      return finish(y, rest);
    },
    matMul: ({ a, b, transposeA, transposeB, ...rest }) =>
      finish(tf.matMul(a, b, transposeA, transposeB), rest),
  };
  Object.assign(tf.fused, unfused);
}

function finish<T extends tf.Tensor>(y: T, { bias, ...activation }: Finish): T {
  return activate(bias == null ? y : tf.add<T>(y, bias), activation);
}

function activate<T extends tf.Tensor>(
  y: T,
  { activation, preluActivationWeights, leakyreluAlpha }: Omit<Finish, 'bias'>,
): T {
  // Layers give null where they apply their activation themselves.
  switch (activation ?? 'linear') {
    case 'relu':
      return tf.relu(y);
    case 'relu6':
      return tf.relu6(y);
    case 'elu':
      return tf.elu(y);
    case 'sigmoid':
      return tf.sigmoid(y);
    case 'leakyrelu':
      return tf.leakyRelu(y, leakyreluAlpha);
    case 'prelu':
      if (preluActivationWeights === undefined) throw new Error('PReLU needs its weights');
      return tf.prelu<T>(y, preluActivationWeights as T);
    case 'linear':
      return y;
  }
}

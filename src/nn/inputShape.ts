import type * as tf from '@tensorflow/tfjs';

/** Returns the shape of one image that a model takes, without the batch axis. */
export function inputShapeOf(model: tf.LayersModel): number[] {
  const [input] = model.inputs;
  if (input === undefined) throw new Error('the model has no input');
  return input.shape.slice(1).map(Number);
}

import * as tf from '@tensorflow/tfjs';

/** Returns the variables behind weights, as `tf.variableGrads` takes them. */
export function variablesOf(weights: readonly tf.LayerVariable[]): tf.Variable[] {
  return weights.map((weight) => {
    const value = weight.read();
    if (!isVariable(value)) throw new Error(`weight "${weight.name}" is not kept in a variable`);
    return value;
  });
}

function isVariable(tensor: tf.Tensor): tensor is tf.Variable {
  return tensor instanceof tf.Variable;
}

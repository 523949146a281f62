import * as tf from '@tensorflow/tfjs';
import { variablesOf } from '../nn/variables.ts';
import { weightNames } from '../nn/weightNames.ts';
import { UserError } from '../protocol/userError.ts';
import type { CheckpointArrays } from '../runs/checkpoint.ts';

/** Returns weights as a checkpoint holds them. */
export function weightArrays(weights: readonly tf.LayerVariable[]): Record<string, Float32Array> {
  return Object.fromEntries(
    namedVariables(weights).map(([name, weight]) => [
      `weight/${name}`,
      weight.dataSync<'float32'>(),
    ]),
  );
}

/**
 * Puts a checkpoint's values into a model's weights and others that were trained with them.
 * @throws UserError, which names the checkpoint's `file`, if the model is another one.
 */
export function assignWeights(
  weights: readonly tf.LayerVariable[],
  arrays: CheckpointArrays,
  file: string,
): void {
  for (const [name, weight] of namedVariables(weights)) {
    const values = arrays[`weight/${name}`];
    if (!(values instanceof Float32Array) || values.length !== weight.size) {
      throw new UserError(`${file} does not fit the model: weight "${name}" differs`, {
        hint: 'Start a new run: the experiment is not the one that was trained.',
      });
    }
    // Past the layer's constraint: projecting what it has projected would change the last bits.
    tf.tidy(() => {
      weight.assign(tf.tensor(values, weight.shape));
    });
  }
}

function namedVariables(weights: readonly tf.LayerVariable[]): [string, tf.Variable][] {
  const variables = variablesOf(weights);
  return weightNames(weights).map((name, index) => [name, variables[index]!]);
}

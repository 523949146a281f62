import * as tf from '@tensorflow/tfjs';
import { variablesOf } from '../nn/variables.ts';
import { weightNames } from '../nn/weightNames.ts';
import { UserError } from '../protocol/userError.ts';
import type { CheckpointArrays } from '../runs/checkpoint.ts';

/** Returns a model's weights as a checkpoint holds them. */
export function weightArrays(model: tf.LayersModel): Record<string, Float32Array> {
  return Object.fromEntries(
    namedVariables(model).map(([name, weight]) => [`weight/${name}`, weight.dataSync<'float32'>()]),
  );
}

/**
 * Puts a checkpoint's weights into a model.
 * @throws UserError, which names the checkpoint's `file`, if the model is another one.
 */
export function assignWeights(model: tf.LayersModel, arrays: CheckpointArrays, file: string): void {
  for (const [name, weight] of namedVariables(model)) {
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

function namedVariables({ weights }: tf.LayersModel): [string, tf.Variable][] {
  const variables = variablesOf(weights);
  return weightNames(weights).map((name, index) => [name, variables[index]!]);
}

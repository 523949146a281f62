import type * as tf from '@tensorflow/tfjs';
import type { BatchContext } from '../nn/batchContext.ts';
import { layersWithin } from '../nn/layerTree.ts';
import { createOptimizer, type TrainingOptimizer } from '../nn/optimizers/optimizer.ts';
import type { OptimizerSpec } from '../nn/optimizers/specs.ts';
import type { RunPhase } from '../protocol/run.ts';
import type { AlignmentTerm } from '../strategies/alignment/alignment.ts';

/** What is trained, and how. */
export interface OptimizedModel {
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
  readonly spec: OptimizerSpec;
  readonly clipNorm: number | undefined;
  /** What aligns the domains, whose own weights every phase trains. */
  readonly terms: readonly AlignmentTerm[];
}

/**
 * Makes a phase's optimizer, which begins anew: for the weights of the phase's layers, without those
 * of BatchNorm if these are not trained. Where they decay all the same, as happens by accident where
 * gradients are zeroed instead of left out, they take steps with a gradient of 0.
 */
export function phaseOptimizer(
  { model, context, spec, clipNorm, terms }: OptimizedModel,
  { layers, parametersTrained, parametersDecayed }: RunPhase,
): TrainingOptimizer {
  const ofBatchNorm = new Set(context.layers.flatMap((layer) => layer.trainableWeights));
  const weights = trainableWeights(model, layers);
  const isParameter = (weight: tf.LayerVariable) => ofBatchNorm.has(weight);
  const parameters = weights.filter(isParameter);
  const trained = parametersTrained ? weights : weights.filter((weight) => !isParameter(weight));
  return createOptimizer(spec, [...trained, ...terms.flatMap((term) => term.weights)], {
    clipNorm,
    spared: parametersDecayed ? [] : parameters,
    stilled: parametersDecayed && !parametersTrained ? parameters : [],
  });
}

/** Returns the trainable weights of the layers, which may hold others, with these names; null: of all. */
export function trainableWeights(
  model: tf.LayersModel,
  layers: readonly string[] | null,
): readonly tf.LayerVariable[] {
  if (layers === null) return model.trainableWeights;
  const named = [...layersWithin(model)].filter(({ name }) => layers.includes(name));
  const ofNamed = new Set(named.flatMap((layer) => layer.trainableWeights));
  return model.trainableWeights.filter((weight) => ofNamed.has(weight));
}

import type * as tf from '@tensorflow/tfjs';
import type { BatchContext } from '../../../src/nn/batchContext.ts';
import type { StrategiesDeclaration } from '../../../src/strategies/declaration.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';

/** How a model is to be normalized. */
export interface Chosen {
  readonly strategy: string;
  readonly settings?: StrategiesDeclaration;
}

/** Lets a strategy treat all BatchNorm layers of a model on domains of these names. */
export function normalizeBy(
  model: tf.LayersModel,
  context: BatchContext,
  domains: readonly string[],
  { strategy, settings }: Chosen,
): void {
  parseStrategy(strategy, settings).normalization.prepare({
    model,
    context,
    layers: context.layers,
    domains: domains.map((name) => ({ name, kind: 'real', labelled: true })),
  });
}

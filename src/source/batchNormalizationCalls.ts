import { constructsBatchNormalization, listCalls } from './calls.ts';
import { parse } from './parse.ts';
import type { TextRange } from './positions.ts';

/** A call that constructs a BatchNorm layer, with its name where that is a literal. */
export interface BatchNormalizationCall extends TextRange {
  readonly name?: string;
}

/**
 * Finds the calls that construct BatchNorm layers, in the order they are written:
 * `tf.layers.batchNormalization(…)` by any path, destructured or imported under any name.
 */
export function batchNormalizationCalls(text: string): BatchNormalizationCall[] {
  return listCalls(parse(text))
    .filter(constructsBatchNormalization)
    .map(({ range, name }) => (name === undefined ? range : { ...range, name }));
}

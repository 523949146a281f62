import * as tf from '@tensorflow/tfjs';
import { weightNames } from '../weightNames.ts';
import { adamRule } from './adam.ts';
import { sgdRule } from './sgd.ts';
import type { OptimizerSpec } from './specs.ts';
import type { UpdateRule } from './updateRule.ts';

/** What an optimizer remembers between steps, by `weightNames`. */
export interface OptimizerState {
  /** Steps taken by each weight: one without a gradient takes none. */
  readonly steps: Readonly<Record<string, number>>;
  /** `<weight>:<slot>`, flat. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

export interface TrainingOptimizer {
  /**
   * Takes one step. `gradients` are keyed by the variables' own names, as `tf.variableGrads` gives
   * them; a weight whose gradient is null or missing stays as it is, weight decay included.
   */
  apply(gradients: Readonly<Record<string, tf.Tensor | null>>): void;
  /** Returns a copy of what is remembered. */
  state(): OptimizerState;
  /** Goes on from a state of an optimizer with the same spec and weights. */
  restore(state: OptimizerState): void;
}

interface Entry {
  readonly name: string;
  readonly weight: tf.LayerVariable;
  readonly slots: Float32Array[];
  steps: number;
}

/**
 * Makes the optimizer that `spec` declares for a model's trainable weights.
 *
 * Steps are taken on typed arrays, in one pass and in double precision. A weight gets a new tensor
 * each time: XNNPACK packs weights once per tensor, so that a change in place would go unseen.
 */
export function createOptimizer(
  spec: OptimizerSpec,
  weights: readonly tf.LayerVariable[],
): TrainingOptimizer {
  const rule = updateRule(spec);
  const decayRank = spec.type === 'adamW' && spec.decay === 'all' ? 0 : 2;
  const names = weightNames(weights);
  const entries: Entry[] = weights.map((weight, index) => ({
    name: names[index]!,
    weight,
    slots: rule.slots.map(() => new Float32Array(sizeOf(weight))),
    steps: 0,
  }));

  return {
    apply(gradients) {
      for (const entry of entries) {
        const { weight, slots } = entry;
        const gradient = gradients[weight.name];
        if (gradient == null) continue;
        entry.steps += 1;
        tf.tidy(() => {
          const values = weight.read().dataSync<'float32'>().slice();
          const decays = weight.shape.length >= decayRank;
          rule.update(values, gradient.dataSync<'float32'>(), slots, entry.steps, decays);
          weight.write(tf.tensor(values, shapeOf(weight)));
        });
      }
    },
    state: () => ({
      steps: Object.fromEntries(entries.map(({ name, steps }) => [name, steps])),
      arrays: Object.fromEntries(
        entries.flatMap(({ name, slots }) =>
          slots.map((slot, index) => [`${name}:${rule.slots[index]!}`, slot.slice()]),
        ),
      ),
    }),
    restore(state) {
      for (const entry of entries) {
        entry.steps = required(state.steps, entry.name);
        entry.slots.forEach((slot, index) => {
          slot.set(required(state.arrays, `${entry.name}:${rule.slots[index]!}`));
        });
      }
    },
  };
}

function updateRule(spec: OptimizerSpec): UpdateRule {
  return spec.type === 'sgd' ? sgdRule(spec) : adamRule(spec);
}

function required<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new Error(`the optimizer's state lacks "${name}"`);
  return value;
}

/** A weight's shape is always known: only inputs have free axes. */
function shapeOf({ shape }: tf.LayerVariable): number[] {
  return shape.map(Number);
}

function sizeOf(weight: tf.LayerVariable): number {
  return tf.util.sizeFromShape(shapeOf(weight));
}

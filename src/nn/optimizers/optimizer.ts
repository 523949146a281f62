import * as tf from '@tensorflow/tfjs';
import { variablesOf } from '../variables.ts';
import { weightNames } from '../weightNames.ts';
import { adamRule } from './adam.ts';
import { decaysByDefault } from './decay.ts';
import { sgdRule } from './sgd.ts';
import type { OptimizerSpec } from './specs.ts';
import { globalNorm } from './updateKernels.ts';
import type { UpdateRule } from './updateRule.ts';

/** What an optimizer remembers between steps, by `weightNames`. */
export interface OptimizerState {
  /** Steps taken by each weight: one without a gradient takes none. */
  readonly steps: Readonly<Record<string, number>>;
  /** `<weight>:<slot>`, flat. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

export interface TrainingOptimizer {
  /** Those whose gradients it wants. */
  readonly weights: readonly tf.LayerVariable[];
  /**
   * Takes one step. `gradients` are keyed by the variables' own names, as `tf.variableGrads` gives
   * them; a weight whose gradient is null or missing stays as it is, weight decay included.
   */
  apply(gradients: Readonly<Record<string, tf.Tensor | null>>, learningRate: number): void;
  /** Returns a copy of what is remembered. */
  state(): OptimizerState;
  /** Goes on from a state of an optimizer with the same spec and weights. */
  restore(state: OptimizerState): void;
  /** Frees what it keeps; the weights stay. */
  dispose(): void;
}

export interface OptimizerOptions {
  /**
   * Largest Euclidean norm of all gradients taken together; larger ones are scaled down to it, as
   * by torch.nn.utils.clip_grad_norm_. Absent: gradients are taken as they are.
   */
  readonly clipNorm?: number | undefined;
  /** Those of the weights that never decay, whatever the spec says. */
  readonly spared?: readonly tf.LayerVariable[];
  /** Further weights, which take every step with a gradient of 0: all that changes them is decay. */
  readonly stilled?: readonly tf.LayerVariable[];
}

interface Entry {
  readonly name: string;
  readonly weight: tf.LayerVariable;
  readonly decays: boolean;
  readonly isStilled: boolean;
  readonly slots: readonly tf.Variable[];
  steps: number;
}

/** What torch's clipping adds to the norm that it divides by. */
const CLIP_EPSILON = 1e-6;

/**
 * Makes the optimizer that `spec` declares for the weights to be trained; the learning rate it is
 * given at each step. What it keeps lies on the backend, one tensor per weight and slot.
 */
export function createOptimizer(
  spec: OptimizerSpec,
  weights: readonly tf.LayerVariable[],
  { clipNorm, spared = [], stilled = [] }: OptimizerOptions = {},
): TrainingOptimizer {
  const rule = updateRule(spec);
  const decaysAll = spec.type !== 'adam' && spec.decay === 'all';
  const all = [...weights, ...stilled];
  const names = weightNames(all);
  const variables = variablesOf(all);
  const entries: Entry[] = all.map((weight, index) => ({
    name: names[index]!,
    weight,
    decays: (decaysAll || decaysByDefault(weight)) && !spared.includes(weight),
    isStilled: index >= weights.length,
    slots: rule.slots.map(() => tf.tidy(() => tf.variable(tf.zerosLike(variables[index]!), false))),
    steps: 0,
  }));

  return {
    weights,
    apply(gradients, learningRate) {
      tf.tidy(() => {
        const present = Object.values(gradients).filter((gradient) => gradient !== null);
        const gradientScale =
          clipNorm === undefined ? 1 : Math.min(1, clipNorm / (globalNorm(present) + CLIP_EPSILON));
        for (const entry of entries) {
          const { weight, slots, decays, isStilled } = entry;
          const gradient = isStilled ? tf.zerosLike(weight.read()) : gradients[weight.name];
          if (gradient == null) continue;
          const count = ++entry.steps;
          const settings = { learningRate, gradientScale, count, decays };
          const [next, ...kept] = rule.update(weight.read(), gradient, slots, settings);
          if (next === undefined) throw new Error('an update gives the weight');
          weight.write(next);
          slots.forEach((slot, index) => {
            slot.assign(kept[index]!);
          });
        }
      });
    },
    state: () => ({
      steps: Object.fromEntries(entries.map(({ name, steps }) => [name, steps])),
      arrays: Object.fromEntries(
        entries.flatMap(({ name, slots }) =>
          slots.map((slot, index) => [
            `${name}:${rule.slots[index]!}`,
            slot.dataSync<'float32'>().slice(),
          ]),
        ),
      ),
    }),
    restore(state) {
      tf.tidy(() => {
        for (const entry of entries) {
          entry.steps = required(state.steps, entry.name);
          entry.slots.forEach((slot, index) => {
            const values = required(state.arrays, `${entry.name}:${rule.slots[index]!}`);
            slot.assign(tf.tensor(values.slice(), slot.shape));
          });
        }
      });
    },
    dispose() {
      for (const { slots } of entries) tf.dispose([...slots]);
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

import type { AdamSpec, AdamWSpec } from './specs.ts';
import { adamUpdate } from './updateKernels.ts';
import type { UpdateRule } from './updateRule.ts';

/** Makes the update rule of Adam or AdamW; formulas as in torch.optim. */
export function adamRule(spec: AdamSpec | AdamWSpec): UpdateRule {
  const { beta1, beta2, epsilon } = spec;
  const weightDecay = spec.type === 'adamW' ? spec.weightDecay : 0;
  return {
    slots: ['firstMoment', 'secondMoment'],
    update(weight, gradient, [firstMoment, secondMoment], settings) {
      if (firstMoment === undefined || secondMoment === undefined) {
        throw new Error('Adam keeps two moments');
      }
      const { learningRate, gradientScale, count, decays } = settings;
      return adamUpdate(
        { weight, gradient, firstMoment, secondMoment },
        {
          gradientScale,
          beta1,
          beta2,
          stepSize: learningRate / (1 - beta1 ** count),
          correction: Math.sqrt(1 - beta2 ** count),
          epsilon,
          decay: decays ? learningRate * weightDecay : 0,
        },
      );
    },
  };
}

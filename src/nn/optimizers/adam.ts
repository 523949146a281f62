import type { AdamSpec, AdamWSpec } from './specs.ts';
import type { UpdateRule } from './updateRule.ts';

/** Makes the update rule of Adam or AdamW; formulas as in torch.optim. */
export function adamRule(spec: AdamSpec | AdamWSpec): UpdateRule {
  const { learningRate, beta1, beta2, epsilon } = spec;
  const weightDecay = spec.type === 'adamW' ? spec.weightDecay : 0;
  return {
    slots: ['firstMoment', 'secondMoment'],
    update(weight, gradient, [first, second], step, decays) {
      if (first === undefined || second === undefined) throw new Error('Adam keeps two moments');
      const keep = decays ? 1 - learningRate * weightDecay : 1;
      const stepSize = learningRate / (1 - beta1 ** step);
      const correction = Math.sqrt(1 - beta2 ** step);
      for (let i = 0; i < weight.length; i++) {
        const g = gradient[i]!;
        const m = beta1 * first[i]! + (1 - beta1) * g;
        const v = beta2 * second[i]! + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        weight[i] = keep * weight[i]! - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
      }
    },
  };
}

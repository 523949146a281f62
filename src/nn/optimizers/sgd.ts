import type { SgdSpec } from './specs.ts';
import { momentumUpdate } from './updateKernels.ts';
import type { UpdateRule } from './updateRule.ts';

/**
 * Makes the update rule of gradient descent; formulas as in torch.optim.SGD. Without momentum the
 * one slot holds the gradient itself.
 */
export function sgdRule(spec: SgdSpec): UpdateRule {
  const { momentum, nesterov, weightDecay } = spec;
  return {
    slots: ['momentum'],
    update(weight, gradient, [buffer], { learningRate, gradientScale, decays }) {
      if (buffer === undefined) throw new Error('gradient descent keeps its momentum');
      return momentumUpdate(
        { weight, gradient, momentum: buffer },
        {
          gradientScale,
          weightDecay: decays ? weightDecay : 0,
          momentum,
          stepSize: learningRate,
          byGradient: nesterov ? 1 : 0,
          byMomentum: nesterov ? momentum : 1,
        },
      );
    },
  };
}

import type { SgdSpec } from './specs.ts';
import type { UpdateRule } from './updateRule.ts';

/** Makes the update rule of gradient descent with momentum; formulas as in torch.optim.SGD. */
export function sgdRule({ learningRate, momentum, nesterov }: SgdSpec): UpdateRule {
  if (momentum === 0) {
    return {
      slots: [],
      update(weight, gradient) {
        for (let i = 0; i < weight.length; i++)
          weight[i] = weight[i]! - learningRate * gradient[i]!;
      },
    };
  }
  return {
    slots: ['momentum'],
    update(weight, gradient, [buffer]) {
      if (buffer === undefined) throw new Error('gradient descent with momentum keeps a buffer');
      for (let i = 0; i < weight.length; i++) {
        const g = gradient[i]!;
        const b = momentum * buffer[i]! + g;
        buffer[i] = b;
        weight[i] = weight[i]! - learningRate * (nesterov ? g + momentum * b : b);
      }
    },
  };
}

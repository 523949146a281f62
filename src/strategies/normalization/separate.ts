import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';

/**
 * Domain-specific batch normalization (Chang et al., CVPR 2019): each domain has its own γ, β and
 * moving statistics and is normalized with its own images' moments, y = γd·(x − μd)/√(σd² + ε) + βd.
 * All domains start from the same values.
 */
export const separate = choice('separate', fields({}), (): Normalization => ({
  prepare({ layers, domains }) {
    for (const layer of layers) layer.split(domains.map(({ name }) => name));
  },
}));

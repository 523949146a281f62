import type { Normalization } from './normalization.ts';

/**
 * Domain-specific batch normalization (Chang et al., CVPR 2019): each domain has its own γ, β and
 * moving statistics and is normalized with its own images' moments, y = γd·(x − μd)/√(σd² + ε) + βd.
 * All domains start from the same values.
 */
export const separate: Normalization = {
  name: 'separate',
  prepare(layers, domainNames) {
    for (const layer of layers) layer.split(domainNames);
  },
};

import { UserError } from '../../protocol/userError.ts';
import { nearest } from '../../validation/nearest.ts';
import type { Normalization } from './normalization.ts';

/**
 * Normalizes some layers in ways of their own, by name, and all others as `base` does. The forward
 * mode is per-domain if that of any is.
 * @throws UserError where the model has no BatchNorm layer of a name.
 */
export function perLayer(
  base: Normalization,
  own: ReadonlyMap<string, Normalization>,
): Normalization {
  const modes = [base, ...own.values()].map(({ forward }) => forward);
  return {
    forward: modes.includes('per-domain') ? 'per-domain' : 'concatenated',
    prepare(model) {
      const names = model.layers.map(({ name }) => name);
      for (const name of own.keys()) requireLayer(name, names);
      base.prepare({ ...model, layers: model.layers.filter(({ name }) => !own.has(name)) });
      for (const [name, normalization] of own) {
        const layers = model.layers.filter((layer) => layer.name === name);
        normalization.prepare({ ...model, layers });
      }
    },
  };
}

function requireLayer(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  throw new UserError(`strategies.layers: the model has no BatchNorm layer "${name}"`, {
    hint: meant === null ? `There are: ${names.join(', ')}.` : `Did you mean "${meant}"?`,
    field: ['strategies', 'layers', name],
  });
}

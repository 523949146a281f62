import type { RunNormalization } from './run.ts';

/**
 * Names a run's strategy as a person is to read it: with what departs from its name, the forward mode
 * and the layers that are normalized in ways of their own, and with a mark if labels that may not be
 * trained on choose its checkpoint.
 */
export function strategyText({
  strategy,
  normalization,
  oracle = false,
}: {
  readonly strategy: string;
  readonly normalization?: RunNormalization | null;
  readonly oracle?: boolean;
}): string {
  const { forward = 'concatenated', layers = {} } = normalization ?? {};
  const departures = [
    ...(forward === 'per-domain' ? ['one pass per domain'] : []),
    ...Object.entries(layers).map(([layer, name]) => `${layer}: ${name}`),
    ...(oracle ? ['oracle'] : []),
  ];
  return departures.length === 0 ? strategy : `${strategy} (${departures.join(', ')})`;
}

import { expect, it } from 'vitest';
import { STARTING_POINTS, STRATEGY_AXES } from '../../../src/protocol/strategies.ts';
import { readStrategyName } from '../../../src/protocol/strategyName.ts';
import { AXES } from '../../../src/strategies/axes.ts';

const namesByAxis = (axes: Record<string, readonly { readonly name: string }[]>) =>
  Object.fromEntries(
    Object.entries(axes).map(([axis, choices]) => [axis, choices.map(({ name }) => name)]),
  );

it('lists the names that exist, axis by axis and in the same order', () => {
  expect(namesByAxis(STRATEGY_AXES)).toEqual(namesByAxis({ ...AXES }));
});

it('gives no name to two choices', () => {
  const names = Object.values(namesByAxis(STRATEGY_AXES)).flat();
  expect(new Set(names).size).toBe(names.length);
});

it('offers starting points that exist, under their canonical names', () => {
  for (const { name } of STARTING_POINTS) expect(readStrategyName(name).name).toBe(name);
});

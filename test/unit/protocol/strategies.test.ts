import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

it('offers starting points under their canonical names', () => {
  const names = STARTING_POINTS.map(({ name }) => name);
  expect(names).toEqual([
    'shared',
    'separate',
    'separate+mmd',
    'separate+adversarial',
    'conditional',
    'spectral',
    'shared+finetune-frozen',
    'shared+finetune-updated',
  ]);
  for (const name of names) expect(readStrategyName(name).name).toBe(name);
});

it('documents every name under its axis, and none that does not exist', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/strategies.md'), 'utf8');
  const documented = [...page.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
  expect(documented).toEqual(Object.values(namesByAxis(STRATEGY_AXES)).flat());
});

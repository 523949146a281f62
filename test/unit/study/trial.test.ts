import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { STARTING_POINTS, STRATEGY_AXES } from '../../../src/protocol/strategies.ts';
import { readStrategyName } from '../../../src/protocol/strategyName.ts';
import {
  furtherStrategies,
  LABELS,
  PAIRS,
  settingOf,
  strategiesOf,
  trialsOf,
} from '../../study/trial.ts';

const EXPERIMENTS = join(import.meta.dirname, '../../study/experiments');

it('has an experiment for each pair and number of labels', () => {
  for (const pair of PAIRS) {
    for (const labels of LABELS) {
      expect(existsSync(join(EXPERIMENTS, `${settingOf({ pair, labels })}.bn.ts`))).toBe(true);
    }
  }
});

it('tries every name that exists, in strategies that are called by their canonical names', () => {
  const tried = [...STARTING_POINTS.map(({ name }) => name), ...furtherStrategies()];
  for (const name of tried) expect(readStrategyName(name).name).toBe(name);
  const names = Object.values(STRATEGY_AXES).flatMap((choices) => choices.map(({ name }) => name));
  const parts = new Set(tried.flatMap((name) => name.split('+')));
  for (const name of names) expect(parts).toContain(name);
});

it('compares with shared, and goes seed by seed', () => {
  expect(strategiesOf('all')[0]).toBe('shared');
  const selection = { pairs: ['typeset'], labels: ['all', 'none'], seeds: 2 } as const;
  const trials = trialsOf({ ...selection, strategies: ['shared', 'separate'] });
  expect(trials.map(({ labels, strategy, seed }) => `${labels} ${strategy} ${seed}`)).toEqual([
    'all shared 1',
    'all separate 1',
    'none shared 1',
    'none separate 1',
    'all shared 2',
    'all separate 2',
    'none shared 2',
    'none separate 2',
  ]);
});

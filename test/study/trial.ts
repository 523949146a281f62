import { STARTING_POINTS, STRATEGY_AXES } from '../../src/protocol/strategies.ts';
import type { StrategyAxis, StrategyChoice } from '../../src/protocol/strategies.ts';

export const PAIRS = ['typeset', 'texture'] as const;
export type Pair = (typeof PAIRS)[number];

/** How many real training images bring their labels; there is an experiment for each with a pair. */
export const LABELS = ['all', '50', 'none'] as const;
export type Labels = (typeof LABELS)[number];

/** With so many labels every name is tried that is in none of the starting points. */
export const FURTHER_LABELS: Labels = '50';

/** One run of the study. */
export interface StudyTrial {
  readonly pair: Pair;
  readonly labels: Labels;
  readonly strategy: string;
  readonly seed: number;
}

/** Names what is compared with each other: a pair with a number of labels. */
export function settingOf({ pair, labels }: Pick<StudyTrial, 'pair' | 'labels'>): string {
  return `${pair}-${labels}`;
}

/** Which runs are made. */
export interface Selection {
  readonly pairs: readonly Pair[];
  readonly labels: readonly Labels[];
  /** Strategies; undefined stands for those that a number of labels is tried with. */
  readonly strategies?: readonly string[];
  readonly seeds: number;
}

/** Lists the runs of a selection seed by seed, so that what is compared is trained side by side. */
export function trialsOf({ pairs, labels, strategies, seeds }: Selection): StudyTrial[] {
  return Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) =>
    pairs.flatMap((pair) =>
      labels.flatMap((each) =>
        (strategies ?? strategiesOf(each)).map((strategy) => ({
          pair,
          labels: each,
          strategy,
          seed,
        })),
      ),
    ),
  );
}

/** Lists the strategies that are tried with a number of labels, `shared` first. */
export function strategiesOf(labels: Labels): string[] {
  const presets = STARTING_POINTS.map(({ name }) => name);
  return labels === FURTHER_LABELS ? [...presets, ...furtherStrategies()] : presets;
}

/** Puts every name that is in none of the starting points into a strategy. */
export function furtherStrategies(): string[] {
  const known = STARTING_POINTS.flatMap(({ name }) => name.split('+'));
  return Object.entries<readonly StrategyChoice[]>(STRATEGY_AXES).flatMap(([axis, choices]) =>
    choices
      .filter(({ name }) => !known.includes(name))
      .map(({ name }) => composed(axis as StrategyAxis, name)),
  );
}

function composed(axis: StrategyAxis, name: string): string {
  if (axis === 'normalization') return name;
  // It was made to go with a discriminator.
  if (name === 'bsp') return 'separate+adversarial+bsp';
  return axis === 'alignment' ? `separate+${name}` : `shared+${name}`;
}

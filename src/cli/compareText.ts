import { basename } from 'node:path';
import type { Estimate, StrategyComparison } from '../runs/comparison.ts';
import { shortPath } from './failure.ts';
import { percent, points } from '../protocol/shareText.ts';
import { table } from './table.ts';

/** One strategy trained with one seed. */
export interface Trial {
  readonly strategy: string;
  readonly seed: number;
  readonly state: 'finished' | 'failed' | 'interrupted';
  /** Absolute path of the run directory; null where no run began. */
  readonly run: string | null;
  /** On the real test images; null where none were tested. */
  readonly accuracy: number | null;
  /** Why it failed. */
  readonly error: string | null;
}

/** What `bn-lens compare --json` prints. */
export interface Comparison {
  /** Absolute path of the experiment file. */
  readonly experiment: string;
  /** Whether it ended before every strategy was trained with every seed. */
  readonly interrupted: boolean;
  /** In the order in which they were named; the first is what the others are compared with. */
  readonly strategies: readonly StrategyComparison[];
  /** In the order in which they were trained. */
  readonly runs: readonly Trial[];
}

const ABSENT = '–';

/** Sets a comparison for a person: one row a strategy, what the intervals mean, one row a run. */
export function describeComparison(comparison: Comparison, cwd: string): string {
  const { experiment, interrupted, strategies, runs } = comparison;
  const [first] = strategies;
  const headings = [
    'strategy',
    'seeds',
    'real test',
    '95% interval',
    `less ${first?.strategy ?? ''}`,
    '95% interval',
    'synthetic',
    'flags',
    'step',
    'ratio',
  ];
  const sections = [
    `${basename(experiment)}: accuracy on real test images`,
    table([headings, ...strategies.map(strategyRow)]),
    footnotes(strategies).join('\n'),
    `Runs\n${table(runs.map((trial) => trialRow(trial, cwd)))}`,
    ...(interrupted ? ['Interrupted: this is what was finished.'] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function strategyRow(row: StrategyComparison): string[] {
  const { strategy, seeds, oracle, accuracy, difference, synthetic, flags, stepMs, stepRatio } =
    row;
  return [
    strategy,
    String(seeds.length),
    accuracy === null ? ABSENT : `${percent(accuracy.mean)}${oracle ? '*' : ''}`,
    intervalText(accuracy, percent),
    difference === null ? ABSENT : points(difference.mean),
    intervalText(difference, points),
    synthetic === null ? ABSENT : percent(synthetic),
    flags === null ? ABSENT : flagsText(flags),
    stepMs === null ? ABSENT : `${stepMs.toFixed(1)} ms`,
    stepRatio === null ? ABSENT : `× ${stepRatio.toFixed(2)}`,
  ];
}

function intervalText(estimate: Estimate | null, text: (share: number) => string): string {
  const interval = estimate?.interval ?? null;
  return interval === null ? ABSENT : `[${text(interval.low)}, ${text(interval.high)}]`;
}

/** Counts the flags of a run, on average: `2.5 mixed, 1 handled`. */
export function flagsText({ mixed, handled }: NonNullable<StrategyComparison['flags']>): string {
  const counts = [
    [mixed, 'mixed'],
    [handled, 'handled'],
  ] as const;
  const text = counts
    .filter(([count]) => count > 0)
    .map(([count, handling]) => `${Number(count.toFixed(1))} ${handling}`);
  return text.length === 0 ? 'none' : text.join(', ');
}

function footnotes(strategies: readonly StrategyComparison[]): string[] {
  const kinds = new Set(strategies.map(({ accuracy }) => accuracy?.interval?.kind));
  const most = Math.max(...strategies.map(({ seeds }) => seeds.length));
  return [
    ...(strategies.some(({ oracle }) => oracle)
      ? ["* An oracle's: labels that may not be trained on chose the checkpoint."]
      : []),
    ...(kinds.has('seeds')
      ? ["Intervals: Student's t over the seeds, all tested on the same images."]
      : []),
    ...(kinds.has('images') ? ["Intervals of one seed: Wilson's, for the images tested."] : []),
    `Differences are in percentage points, of runs with the same seed and the same batches${most === 1 ? '; one seed bounds none' : ''}.`,
    "Synthetic: validation images. Flags: mean of a run. Steps: median of the runs' medians.",
  ];
}

function trialRow({ strategy, seed, state, run, accuracy, error }: Trial, cwd: string): string[] {
  const outcome = state === 'finished' ? (accuracy === null ? ABSENT : percent(accuracy)) : state;
  const sentence = error === null ? '' : `${error.split('\n')[0] ?? ''} `;
  const place = run === null ? '' : shortPath(run, cwd);
  return [`  ${strategy}`, `seed ${seed}`, outcome, `${sentence}${place}`];
}

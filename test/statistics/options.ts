import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';

/** What may follow `npm run verify:stats --`. */
export interface Options {
  /** What is measured, by the beginnings of ids. */
  readonly only: readonly string[];
  /** In place of each case's own number. */
  readonly runs?: number;
  readonly steps?: number;
  readonly jobs: number;
  /** Whether to leave out what was measured before. */
  readonly resume: boolean;
}

/** Reads the command line; prints help or what is wrong, and exits, where that is called for. */
export function readOptions(): Options {
  return new Command('npm run verify:stats --')
    .description(
      'Measures by simulation how often flags are false and how soon they come, in about an hour on two cores.\nCtrl+C stops it after the case at hand is given up; with --resume the others are kept.\nWhat was measured replaces its part of test/statistics/results.json and docs/statistics.md.',
    )
    .option(
      '--only <ids...>',
      'those that begin so: target, grid, clearing, null, symmetry, references, null/relu, ...',
      [''],
    )
    .option('--runs <count>', 'runs of each case, in place of its own number', positive)
    .option('--steps <count>', 'steps of each run, from where domains begin to differ', positive)
    .option(
      '--resume',
      'leave out cases that results.json has with the same seed, runs and steps; not after a change of the rule, which it does not see',
      false,
    )
    .option('--jobs <count>', 'threads', positive, availableParallelism())
    .parse()
    .opts<Options>();
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

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
}

/** Reads the command line; prints help or what is wrong, and exits, where that is called for. */
export function readOptions(): Options {
  return new Command('npm run verify:stats --')
    .description(
      'Measures by simulation how often flags are false and how soon they come, in about an hour on two cores.\nWhat was measured replaces its part of test/statistics/results.json and docs/statistics.md.',
    )
    .option(
      '--only <ids...>',
      'those that begin so: null, target, grid, symmetry, references, null/relu, ...',
      [''],
    )
    .option('--runs <count>', 'runs of each case, in place of its own number', positive)
    .option('--steps <count>', 'steps of each run, from where domains begin to differ', positive)
    .option('--jobs <count>', 'threads', positive, availableParallelism())
    .parse()
    .opts<Options>();
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

import { Command, InvalidArgumentError, Option } from 'commander';
import { readStrategyName } from '../../src/protocol/strategyName.ts';
import { LABELS, PAIRS, type Selection } from './trial.ts';

/** What may follow `npm run study --`. */
export interface Options extends Selection {
  /** Whether what was measured before is measured again. */
  readonly again: boolean;
  readonly jobs: number;
}

/** Reads the command line; prints help or what is wrong, and exits, where that is called for. */
export function readOptions(): Options {
  const options = new Command('npm run study --')
    .description(
      'Trains the named strategies on two pairs of domains with all, 50 and no real labels, in about half an hour on two cores.\nWhat was measured is kept in test/study/results.json, so that it goes on where it was interrupted, and docs/study.md is written from it.',
    )
    .addOption(new Option('--pair <name>', 'only this pair of domains').choices(PAIRS))
    .addOption(new Option('--labels <count>', 'only with so many real labels').choices(LABELS))
    .option('--strategies <list>', 'only these, with commas between', (list: string) =>
      list.split(',').map((text) => readStrategyName(text).name),
    )
    .option('--seeds <count>', 'seeds of each strategy', positive, 5)
    .option('--jobs <count>', 'runs at a time, each with one thread', positive, 2)
    .option('--again', 'measure anew what was measured before', false)
    .parse()
    .opts<
      Omit<Options, 'pairs' | 'labels'> & {
        pair?: Options['pairs'][0];
        labels?: Options['labels'][0];
      }
    >();
  const { pair, labels, ...rest } = options;
  return {
    ...rest,
    pairs: pair === undefined ? PAIRS : [pair],
    labels: labels === undefined ? LABELS : [labels],
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

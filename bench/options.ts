import { Command, InvalidArgumentError, Option } from 'commander';
import { NET_NAMES, type NetName } from './nets.ts';

/** Images in a step, all domains together. */
export const BATCHES: readonly number[] = [32, 128];

/** The contenders of `--quick`, by the beginning of their ids. */
const QUICK = ['wasm-1/one', 'wasm-2/one', 'torch'];

/** What may follow `npm run bench --`. */
export interface Options {
  readonly profile?: NetName;
  readonly nets: readonly NetName[];
  readonly batches: readonly number[];
  readonly only: readonly string[];
  readonly rounds: number;
  readonly recording: boolean;
  readonly strategies: boolean;
  readonly backend: 'wasm' | 'native';
  readonly threads: number;
}

/** Reads the command line; prints help or what is wrong, and exits, where that is called for. */
export function readOptions(): Options {
  const options = new Command('npm run bench --')
    .description(
      'Compares training steps side by side with tfjs as published and PyTorch, in 15 to 20 minutes.\nA complete run is kept in bench/results.json.',
    )
    .addOption(
      new Option('--profile <net>', 'print where the time of our own step goes').choices(NET_NAMES),
    )
    .addOption(
      new Option(
        '--quick <net>',
        'compare our wasm engine with PyTorch in a minute, batch 128',
      ).choices(NET_NAMES),
    )
    .option('--recording', 'measure only what recording every step costs', false)
    .option(
      '--strategies',
      'measure only what strategies add to a step, and write it to docs/strategies.md',
      false,
    )
    .option('--nets <names>', `of ${NET_NAMES.join(',')}`, listed(oneOf(NET_NAMES)), [...NET_NAMES])
    .option('--batches <sizes>', 'images in a step', listed(positive), [...BATCHES])
    .option(
      '--only <contenders>',
      'those whose ids begin so, as in bench/results.json',
      listed(String),
      [''],
    )
    .option('--rounds <count>', 'turns of each contender', positive, 12)
    .addOption(
      new Option('--backend <name>', 'of --profile').choices(['wasm', 'native']).default('wasm'),
    )
    .option('--threads <count>', 'of --profile', positive, 1)
    .parse()
    .opts<Options & { readonly quick?: NetName }>();
  const { quick, recording } = options;
  if (recording) return { ...options, nets: [] };
  return quick === undefined ? options : { ...options, nets: [quick], batches: [128], only: QUICK };
}

function listed<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map(parse);
}

function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new InvalidArgumentError(`There are ${choices.join(', ')}.`);
    return found;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

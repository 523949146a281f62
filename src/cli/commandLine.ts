import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../../package.json';
import { SOURCES } from '../native/installation.ts';
import { BACKENDS } from '../protocol/backend.ts';
import { STRATEGY_AXES, type StrategyChoice } from '../protocol/strategies.ts';
import { compare, type CompareOptions } from './compare.ts';
import { doctor } from './doctor.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { exportRun, type ExportOptions } from './exportRun.ts';
import { reportFailure, writeJsonError } from './failure.ts';
import { installNativeBackend, showNativeStatus, type NativeInstallOptions } from './native.ts';
import { note } from './note.ts';
import { report, type ReportOptions } from './report.ts';
import { runs } from './runs.ts';
import { shift, type ShiftOptions } from './shift.ts';
import { train, type TrainOptions } from './train.ts';
import { whatIf } from './whatIf.ts';

const STRATEGIES = Object.values<readonly StrategyChoice[]>(STRATEGY_AXES)
  .flatMap((choices) => choices.map(({ name }) => name))
  .join(', ');

/** Parses the arguments behind `bn-lens`, runs the command they name and returns its exit code. */
export async function runCommandLine(
  argv: readonly string[],
  environment: Environment,
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;

  const program = new Command('bn-lens')
    .description(
      'Train with any BatchNorm strategy on several domains, and see what each layer sees.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
    });

  const perform = async (json: boolean, action: () => Promise<ExitCode>): Promise<void> => {
    try {
      exit = await action();
    } catch (error) {
      exit = reportFailure(error, json, environment);
    }
  };

  program
    .command('train')
    .description('train an experiment and test it on real data')
    .addArgument(new Argument('[FILE]', 'experiment file (*.bn.ts); not needed with --resume'))
    .option('--strategy <name>', `names joined with +: ${STRATEGIES}`, 'shared')
    .option('--seed <number>', 'seed of every random choice', wholeNumber(0), 1)
    .addOption(epochs())
    .addOption(backend())
    .addOption(threads())
    .addOption(out())
    .addOption(
      new Option('--resume <run>', 'go on from the last checkpoint of a run').conflicts([
        'strategy',
        'seed',
        'epochs',
        'out',
      ]),
    )
    .option('--json', 'end with one line of JSON on stdout')
    .action(async (file: string | undefined, options: TrainOptions) => {
      await perform(options.json ?? false, () => train(file, options, environment));
    });

  program
    .command('compare')
    .description('train an experiment with several strategies and seeds, and compare them')
    .addArgument(new Argument('<FILE>', 'experiment file (*.bn.ts)'))
    .addOption(
      new Option(
        '--strategies <list>',
        `strategies with commas between; the first is what the others are compared with; names: ${STRATEGIES}`,
      )
        .argParser((list) => list.split(','))
        .makeOptionMandatory(),
    )
    .option('--seeds <number>', 'seeds of each strategy, from 1 on', wholeNumber(1), 3)
    .addOption(epochs())
    .addOption(backend())
    .addOption(threads())
    .addOption(out())
    .option('--json', 'end with one line of JSON on stdout')
    .action(async (file: string, options: CompareOptions) => {
      await perform(options.json ?? false, () => compare(file, options, environment));
    });

  program
    .command('runs')
    .description("list the project's runs, newest first")
    .option('--json', 'as one line of JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      await perform(json, () => runs(json, environment));
    });

  program
    .command('report')
    .description('say how a run ended and what it found')
    .addArgument(new Argument('<RUN>', 'path, name or unique beginning of the name of a run'))
    .option('--html <file>', 'write it, with its curves, as a page that needs no other file')
    .addOption(new Option('--json', 'as one line of JSON').conflicts('html'))
    .action(async (run: string, options: ReportOptions) => {
      await perform(options.json ?? false, () => report(run, options, environment));
    });

  program
    .command('note')
    .description("add an observation to a run's notes")
    .addArgument(new Argument('<RUN>', 'path, name or unique beginning of the name of a run'))
    .addArgument(new Argument('<TEXT>'))
    .action(async (run: string, text: string) => {
      await perform(false, () => note(run, text, environment));
    });

  program
    .command('whatif')
    .description("say what each layer's statistics cost on real images, without training")
    .addArgument(new Argument('<RUN>', 'path, name or unique beginning of the name of a run'))
    .option('--json', 'as one line of JSON')
    .action(async (run: string, { json = false }: { json?: boolean }) => {
      await perform(json, () => whatIf(run, json, environment));
    });

  program
    .command('export')
    .description("write a run's model for use elsewhere")
    .addArgument(new Argument('<RUN>', 'path, name or unique beginning of the name of a run'))
    .addOption(
      new Option('--to <format>', 'tfjs: a model of ordinary layers for TensorFlow.js')
        .choices(['tfjs'])
        .makeOptionMandatory(),
    )
    .requiredOption('--domain <name>', 'the domain whose images it will see')
    .option('--out <folder>', "where it is written (default: export in the run's folder)")
    .option('--json', 'end with one line of JSON on stdout')
    .action(async (run: string, options: ExportOptions) => {
      await perform(options.json ?? false, () => exportRun(run, options, environment));
    });

  program
    .command('shift')
    .description('say whether and how two sets of data differ')
    .addArgument(new Argument('<A>', 'folder of images, .npy, .csv or IDX file'))
    .addArgument(new Argument('<B>', 'what to compare it with'))
    .option('--resize <height>x<width>', 'size in pixels that images of folders get', imageSize)
    .option('--json', 'as one line of JSON')
    .action(async (a: string, b: string, options: ShiftOptions) => {
      await perform(options.json ?? false, () => shift(a, b, options, environment));
    });

  const native = program
    .command('native')
    .description('the fastest backend: TensorFlow itself, installed on request');
  native
    .command('install')
    .description('find or download TensorFlow and compile its addon, in the cache directory')
    .addOption(
      new Option(
        '--from <source>',
        'where TensorFlow comes from (default: the first that has it)',
      ).choices(SOURCES),
    )
    .option('--python <path>', 'the Python interpreter whose TensorFlow or pip is used')
    .option('--url <url>', 'address of the libtensorflow archive (tar.gz)')
    .option('--sha256 <checksum>', 'what the archive must hash to')
    .option('--json', 'end with one line of JSON on stdout')
    .action(async (options: NativeInstallOptions) => {
      await perform(options.json ?? false, () => installNativeBackend(options, environment));
    });
  native
    .command('status')
    .description('say whether the native backend is installed and used, and why')
    .option('--json', 'as one line of JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      await perform(json, () => showNativeStatus(json, environment));
    });

  program
    .command('doctor')
    .description('check that this machine can train here')
    .option('--json', 'as one line of JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      await perform(json, () => doctor(json, environment));
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    if (asksForJson(argv)) writeJsonError(error.message.replace(/^error: /, ''), {}, environment);
    return EXIT.wrongInput;
  }
  return exit;
}

/** Tells whether `--json` is among the options, which have not been parsed. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

const epochs = () =>
  new Option('--epochs <number>', "epochs, instead of the experiment's own").argParser(
    wholeNumber(1),
  );
const backend = () =>
  new Option('--backend <name>', 'what computes').choices(BACKENDS).default('auto');
const threads = () =>
  new Option(
    '--threads <number>',
    'threads to compute with, 64 at most (default: one for each core, at most 8)',
  ).argParser(wholeNumber(1, 64));
const out = () =>
  new Option('--out <folder>', 'where runs are created (default: .bn-lens/runs of the project)');

/** Makes a parser of whole numbers that are neither below `least` nor, if there is one, above `most`. */
function wholeNumber(least: number, most?: number): (text: string) => number {
  const range = most === undefined ? `from ${least} on` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    const fits = value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER);
    if (/^\d+$/.test(text) && fits) return value;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

/** Parses a height and a width in pixels. */
function imageSize(text: string): readonly [number, number] {
  const [, height, width] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (height !== undefined && width !== undefined) return [Number(height), Number(width)];
  throw new InvalidArgumentError('It must be a height and a width in pixels, such as 28x28.');
}

import type { FlagEvent, RunStatus, RunSummary } from '../protocol/events.ts';
import { faultSeverity, type FaultEvent } from '../protocol/faults.ts';
import { strategyText } from '../protocol/strategyText.ts';
import { listRuns, type RunListing } from '../runs/runCatalog.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { currentProject } from './project.ts';
import { percent } from '../protocol/shareText.ts';
import { table } from './table.ts';

/** Lists the runs of the project in the working directory, newest first. */
export async function runs(json: boolean, { cwd, stdout, stderr }: Environment): Promise<ExitCode> {
  const root = currentProject(cwd);
  const listings = await listRuns(root);
  const broken = listings.filter((listing) => listing.kind === 'broken');
  for (const { name, problem } of broken) stderr.write(`${name}: ${problem}\n`);
  const readable = listings.filter((listing) => listing.kind === 'run');
  for (const { warnings } of readable) {
    for (const warning of warnings) stderr.write(`${warning}\n`);
  }
  if (json) {
    const unreadable = broken.map(({ directory, name, problem }) => ({
      run: directory,
      name,
      problem,
    }));
    stdout.write(`${JSON.stringify({ runs: readable.map(entry), broken: unreadable })}\n`);
  } else if (readable.length === 0) stdout.write(`No runs in ${root}.\n`);
  else stdout.write(`${table([HEADINGS, ...readable.map(row)])}\n`);
  return EXIT.done;
}

const HEADINGS = [
  'run',
  'experiment',
  'strategy',
  'seed',
  'state',
  'steps',
  'real test',
  'flags',
  'faults',
];

function row({ name, run, status, flags, faults, summary }: RunListing): string[] {
  return [
    name,
    run.experiment,
    strategyText(run),
    String(run.seed),
    status.state,
    `${status.step}/${status.totalSteps}`,
    testAccuracies(summary),
    countFlags(flags),
    countFaults(faults),
  ];
}

function testAccuracies(summary: RunSummary | null): string {
  return Object.values(summary?.metrics ?? {})
    .flatMap(({ test }) => (test === undefined ? [] : [percent(test.accuracy)]))
    .join(', ');
}

function countFlags(flags: readonly FlagEvent[]): string {
  const mixed = flags.filter(({ handling }) => handling === 'mixed').length;
  const counts = [
    [mixed, 'mixed'],
    [flags.length - mixed, 'handled'],
  ] as const;
  return counts
    .flatMap(([count, handling]) => (count > 0 ? [`${count} ${handling}`] : []))
    .join(', ');
}

/** Counts those that are warnings. */
function countFaults(faults: readonly FaultEvent[]): string {
  const count = faults.filter((fault) => faultSeverity(fault) === 'warning').length;
  return count > 0 ? String(count) : '';
}

/** One run in the JSON list. */
interface RunEntry extends Omit<RunStatus, 'step' | 'epoch'> {
  /** Absolute path. */
  readonly run: string;
  readonly name: string;
  readonly experiment: string;
  readonly strategy: string;
  /** Whether labels that may not be trained on choose its checkpoint. */
  readonly oracle: boolean;
  readonly seed: number;
  readonly steps: number;
  readonly epochs: number;
  readonly metrics: RunSummary['metrics'];
  readonly flags: number;
  readonly faults: number;
  /** One sentence if its events are damaged. */
  readonly warnings: readonly string[];
}

function entry({
  directory,
  name,
  run,
  status,
  flags,
  faults,
  summary,
  warnings,
}: RunListing): RunEntry {
  const { step, epoch, ...state } = status;
  return {
    run: directory,
    name,
    experiment: run.experiment,
    strategy: run.strategy,
    oracle: run.oracle === true,
    seed: run.seed,
    steps: step,
    epochs: epoch,
    ...state,
    metrics: summary?.metrics ?? {},
    flags: flags.length,
    faults: faults.length,
    warnings,
  };
}

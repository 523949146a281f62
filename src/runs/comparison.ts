import type { FlagEvent, RunSummary, SplitMetrics } from '../protocol/events.ts';
import type { DomainKind, RunDomain, RunFile, Split } from '../protocol/run.ts';
import { median } from '../stats/median.ts';
import { studentInterval } from '../stats/studentInterval.ts';
import { wilsonInterval, type Interval } from '../stats/wilson.ts';

/** A finished run, as far as comparisons look at it. */
export interface ComparedRun {
  readonly run: Pick<RunFile, 'strategy' | 'seed' | 'oracle'> & {
    readonly domains: readonly Pick<RunDomain, 'name' | 'kind'>[];
  };
  /** Those that were not taken back. */
  readonly flags: readonly Pick<FlagEvent, 'handling'>[];
  readonly summary: Pick<RunSummary, 'stepMs' | 'metrics'> | null;
}

/** A mean over seeds. */
export interface Estimate {
  readonly mean: number;
  /** Bounds with 95% confidence, and what they rest on; null where a single seed tells nothing. */
  readonly interval: (Interval & { readonly kind: IntervalKind }) | null;
}

/**
 * `seeds`: Student's t over the seeds' results, which holds how much the outcome varies with the
 * seed for these images. `images`: Wilson's for the test images of a single seed.
 */
export type IntervalKind = 'seeds' | 'images';

/** What one strategy's runs come to, beside the first strategy's of the same seeds. */
export interface StrategyComparison {
  readonly strategy: string;
  /** Those of its finished runs. */
  readonly seeds: readonly number[];
  /** Whether labels that may not be trained on chose a checkpoint of any of them. */
  readonly oracle: boolean;
  /** On the test images of all real domains, as shares; null where none were tested. */
  readonly accuracy: Estimate | null;
  /** Its accuracy less the first strategy's, seed by seed; null for the first itself. */
  readonly difference: Estimate | null;
  /** On the validation images of all synthetic domains; null where there are none. */
  readonly synthetic: number | null;
  /** Standing flags of a run. */
  readonly flags: { readonly mixed: number; readonly handled: number } | null;
  /** Median over its runs of their median step, ms. */
  readonly stepMs: number | null;
  /** Median of the steps' ratio to the first strategy's, seed by seed; null for the first itself. */
  readonly stepRatio: number | null;
}

/**
 * Compares strategies by their finished runs, of which each pair of strategy and seed has one at
 * most; the first strategy is what the others are compared with.
 */
export function compareRuns(
  strategies: readonly string[],
  runs: readonly ComparedRun[],
): StrategyComparison[] {
  const [first] = strategies;
  const ofStrategy = (strategy: string | undefined): ComparedRun[] =>
    runs.filter(({ run }) => run.strategy === strategy);
  return strategies.map((strategy) => {
    const own = ofStrategy(strategy);
    const pairs = ofStrategy(strategy === first ? undefined : first).flatMap((base) => {
      const peer = own.find(({ run }) => run.seed === base.run.seed);
      return peer === undefined ? [] : [[peer, base] as const];
    });
    const differences = pairs.flatMap(([peer, base]) => {
      const [a, b] = [realTest(peer), realTest(base)];
      return a === null || b === null ? [] : [a.accuracy - b.accuracy];
    });
    const ratios = pairs.map(([peer, base]) => stepMs(peer) / stepMs(base));
    const flagged = (handling: string): number[] =>
      own.map(({ flags }) => flags.filter((flag) => flag.handling === handling).length);
    return {
      strategy,
      seeds: own.map(({ run }) => run.seed),
      oracle: own.some(({ run }) => run.oracle === true),
      accuracy: meanAccuracy(own.flatMap((run) => realTest(run) ?? [])),
      difference: meanDifference(differences),
      synthetic: mean(own.flatMap((run) => syntheticValidation(run)?.accuracy ?? [])),
      flags:
        own.length === 0
          ? null
          : { mixed: mean(flagged('mixed')) ?? 0, handled: mean(flagged('handled')) ?? 0 },
      stepMs: medianOrNull(own.map(stepMs)),
      stepRatio: medianOrNull(ratios),
    };
  });
}

/** A share of images of one or several domains. */
type Accuracy = Pick<SplitMetrics, 'accuracy' | 'n'>;

/** Pools the test images of a run's real domains; null where none were tested. */
export function realTest(run: ComparedRun): Accuracy | null {
  return pooled(run, 'real', 'test');
}

function syntheticValidation(run: ComparedRun): Accuracy | null {
  return pooled(run, 'synthetic', 'validation');
}

function pooled({ run, summary }: ComparedRun, kind: DomainKind, split: Split): Accuracy | null {
  const parts = run.domains
    .filter((domain) => domain.kind === kind)
    .flatMap(({ name }) => summary?.metrics[name]?.[split] ?? []);
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  if (n === 0) return null;
  return { accuracy: parts.reduce((sum, part) => sum + part.accuracy * part.n, 0) / n, n };
}

function stepMs({ summary }: ComparedRun): number {
  return summary?.stepMs.median ?? NaN;
}

function meanAccuracy(accuracies: readonly Accuracy[]): Estimate | null {
  const [only, second] = accuracies;
  if (only === undefined) return null;
  if (second !== undefined) return meanOverSeeds(accuracies.map(({ accuracy }) => accuracy));
  const { accuracy, n } = only;
  const bounds = wilsonInterval(Math.round(accuracy * n), n);
  return { mean: accuracy, interval: { ...bounds, kind: 'images' } };
}

function meanDifference(differences: readonly number[]): Estimate | null {
  const [only, second] = differences;
  if (only === undefined) return null;
  return second === undefined ? { mean: only, interval: null } : meanOverSeeds(differences);
}

function meanOverSeeds(values: readonly number[]): Estimate | null {
  const bounds = studentInterval(values);
  if (bounds === null) return null;
  const { mean, low, high } = bounds;
  return { mean, interval: { low, high, kind: 'seeds' } };
}

function medianOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

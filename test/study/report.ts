import { compareRuns, type Estimate, type StrategyComparison } from '../../src/runs/comparison.ts';
import { flagsText } from '../../src/cli/compareText.ts';
import { percent, points } from '../../src/protocol/shareText.ts';
import { markdownTable } from '../markdown.ts';
import type { StudyResults, TrialResult } from './results.ts';
import { LABELS, PAIRS, settingOf, strategiesOf, type Labels, type Pair } from './trial.ts';

const PAIR_TITLES: Readonly<Record<Pair, string>> = {
  typeset: 'Typeset to handwritten digits',
  texture: 'Clean digits to digits on coloured textures',
};

const LABEL_TITLES: Readonly<Record<Labels, string>> = {
  all: 'all 400 real training images labelled',
  '50': '50 of 400 real training images labelled',
  none: 'no real training image labelled',
};

const ABSENT = '–';

/** Sets all that was measured in paragraphs of Markdown; what was not measured is left out. */
export function paragraphsOf({ trials }: StudyResults): string[] {
  return PAIRS.flatMap((pair) =>
    LABELS.flatMap((labels) => {
      const own = Object.entries(trials)
        .filter(([key]) => key.startsWith(`${settingOf({ pair, labels })} `))
        .map(([key, result]) => ({ strategy: key.split(' ')[1] ?? '', result }));
      return own.length === 0
        ? []
        : [`### ${PAIR_TITLES[pair]}, ${LABEL_TITLES[labels]}`, ...settingText(labels, own)];
    }),
  );
}

interface Measured {
  readonly strategy: string;
  readonly result: TrialResult;
}

function settingText(labels: Labels, measured: readonly Measured[]): string[] {
  const known = strategiesOf(labels);
  const others = measured.map(({ strategy }) => strategy).filter((name) => !known.includes(name));
  const strategies = [...known, ...new Set(others)].filter((name) =>
    measured.some(({ strategy }) => strategy === name),
  );
  const runs = measured.flatMap(({ result }) => ('failure' in result ? [] : [result]));
  const compared = compareRuns(strategies, runs).filter(({ seeds }) => seeds.length > 0);
  const headings = ['Strategy', 'Seeds', 'Real test', `Less \`${strategies[0] ?? ''}\``];
  return [
    markdownTable([[...headings, 'Synthetic', 'Flags', 'Step'], ...compared.map(row)]),
    ...verdict(compared),
    ...strategies.flatMap((name) => failureText(name, measured)),
  ];
}

function row(comparison: StrategyComparison): string[] {
  const { strategy, seeds, oracle, accuracy, difference, synthetic, flags, stepRatio } = comparison;
  return [
    `\`${strategy}\`${oracle ? ' (oracle)' : ''}`,
    String(seeds.length),
    estimateText(accuracy, percent),
    estimateText(difference, points),
    synthetic === null ? ABSENT : percent(synthetic),
    flags === null ? ABSENT : flagsText(flags),
    stepRatio === null ? ABSENT : `×${stepRatio.toFixed(2)}`,
  ];
}

function estimateText(estimate: Estimate | null, text: (share: number) => string): string {
  if (estimate === null) return ABSENT;
  const { mean, interval } = estimate;
  return interval === null
    ? text(mean)
    : `${text(mean)} [${text(interval.low)}, ${text(interval.high)}]`;
}

/** Says how many differences are told apart from none. */
function verdict(compared: readonly StrategyComparison[]): string[] {
  const intervals = compared.flatMap(({ difference }) => difference?.interval ?? []);
  if (intervals.length === 0) return [];
  const better = intervals.filter(({ low }) => low > 0).length;
  const worse = intervals.filter(({ high }) => high < 0).length;
  const rest = intervals.length - better - worse;
  return [
    `Of ${intervals.length} differences, ${better} lie above 0 with their whole interval, ${worse} below it, and ${rest} are not told apart from 0.`,
  ];
}

function failureText(strategy: string, measured: readonly Measured[]): string[] {
  const failures = measured.flatMap((one) =>
    one.strategy === strategy && 'failure' in one.result ? [one.result.failure] : [],
  );
  return [...new Set(failures)].map(
    (sentence) => `\`${strategy}\`: ${sentence.split('\n')[0] ?? ''}`,
  );
}

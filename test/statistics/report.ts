import { markdownTable } from '../markdown.ts';
import { BATCH, type Case } from './case.ts';
import { clopperPearson } from './clopperPearson.ts';
import { NULLS, WIDTHS } from './nulls.ts';
import { CLEARINGS, type ClearingCase } from './clearings.ts';
import { CHANNELS, GRID, TARGETS, TESTS, type TargetCase } from './powers.ts';
import type { References } from './references.ts';
import type { CaseResult, Quartiles, Results, WatcherResult } from './results.ts';
import { ROUNDING, type Symmetry } from './symmetry.ts';
import { WATCHERS, type WatcherName } from './watchers.ts';

const ALL_WATCHERS = Object.keys(WATCHERS) as WatcherName[];
const FLAGS: readonly WatcherName[] = ['ε=0', 'ε=0.1'];
const ABSENT = '–';
/** The verdict on what is not as promised. */
export const MISSED = 'MISSED';

/** Sets all that was measured in paragraphs of Markdown; what was not measured is left out. */
export function paragraphsOf({ cases, symmetry, references }: Results): string[] {
  const measured = <One extends Case>(group: readonly One[]) =>
    group.flatMap((one) => {
      const result = cases[one.id];
      return result === undefined ? [] : [{ one, result }];
    });
  return [
    '### False flags',
    `Two domains of one population, a run of ${WIDTHS.length} layers with ${Math.min(...WIDTHS)} to ${Math.max(...WIDTHS)} channels (the trained net: 8 to 24) and up to ${BATCH} images of each domain a step. Percentages are runs with any alarm, with 95% Clopper-Pearson intervals; a rule is right where the interval ends below α, 5%. Bonferroni per step tests every mean and log variance anew at every step, cumulative z their sums so far; both divide the level by all layers and channels, and neither allows for being asked again at each step.`,
    markdownTable([
      ['Null', 'Runs × steps', ...ALL_WATCHERS, 'Verdict'],
      ...measured(NULLS).map(({ one, result }) => nullRow(one, result)),
    ]),
    '### Promised power',
    `One layer of ${CHANNELS} channels out of ${TESTS} tests at α = 5%, ${BATCH} new images of each domain a step. Steps are medians, from onset to flag. Named are flags that list channels by their own evidence; wrongly, if they list one that does not differ. Where one channel differs, naming it in most runs is part of the promise. Onset is the flag's less the true first step: median (quartiles).`,
    markdownTable([
      [
        'Verdict',
        'Difference',
        'Tolerance',
        'Runs',
        'Flagged',
        'Named, wrongly',
        'Median step',
        'At most',
        'Onset',
      ],
      ...measured(TARGETS).map(({ one, result }) => targetRow(one, result)),
    ]),
    '### Power',
    `Median steps to the flag, and errors of its onset, as above; ${ABSENT} means that fewer than half of the runs were flagged within 300 steps of the onset.`,
    markdownTable([
      [
        'Gap',
        'Variance',
        'Channels of 64',
        'From step',
        'Runs',
        ...FLAGS,
        'Onset, ε=0',
        'Onset, ε=0.1',
      ],
      ...measured(GRID).map(({ result }) => gridRow(result)),
    ]),
    '### Flags taken back',
    `In every channel the domains differ by 0.3 deviations for the first ${CLEARINGS[0]?.course.until ?? 0} steps, at ε=0.1; then the difference shrinks or goes. The first two are runs of ${WIDTHS.length} layers as of the nulls, the third is one layer as of the promised power. Cleared are runs in which the flag of any layer was taken back, flagged again those in which it was then raised anew in that layer; of false ones the upper end of the 95% Clopper-Pearson interval must be at most α, and where the difference goes more than half of the runs must be cleared. Steps are medians (quartiles) from where the difference shrank, and from where it came back.`,
    markdownTable([
      [
        'Verdict',
        'The difference',
        'Runs × steps',
        'Cleared',
        'after',
        'Flagged again',
        'after',
        'False',
      ],
      ...measured(CLEARINGS).map(({ one, result }) => clearingRow(one, result)),
    ]),
    ...(symmetry === null ? [] : ['### Exchanged domains', symmetryText(symmetry)]),
    ...(references === null ? [] : ['### Independent references', referencesText(references)]),
  ];
}

function nullRow({ title }: Case, { runs, steps, alpha, watchers }: CaseResult): string[] {
  const bounds = FLAGS.flatMap((name) => {
    const result = watchers[name];
    return result === undefined ? [] : [clopperPearson(result.alarms, runs).high];
  });
  return [
    title,
    `${runs} × ${steps}`,
    ...ALL_WATCHERS.map((name) => alarmRate(watchers[name], runs)),
    verdict(Math.max(...bounds) <= alpha),
  ];
}

function alarmRate(result: WatcherResult | undefined, runs: number): string {
  if (result === undefined) return ABSENT;
  const { low, high } = clopperPearson(result.alarms, runs);
  return `${percent(result.alarms / runs)} (${percent(low)}–${percent(high)})`;
}

function targetRow({ title, within, watchers: [name] }: TargetCase, result: CaseResult): string[] {
  const found = name && result.watchers[name];
  if (name === undefined || found === undefined) throw new Error(`${title}: nobody watched`);
  const { alarms, early, named, misnamed, medianSteps } = found;
  return [
    verdict(isKept(within, found, result)),
    title,
    name,
    `${result.runs}`,
    early > 0 ? `${alarms}, ${early} before` : `${alarms}`,
    `${named}, ${misnamed}`,
    stepsText(medianSteps),
    within === null ? 'never' : `${within}`,
    quartilesText(found.onsetError),
  ];
}

/** Tells whether a promise is kept; that of a single channel is that it is named, too. */
function isKept(
  within: number | null,
  { alarms, named, misnamed, medianSteps }: WatcherResult,
  { runs, effect }: CaseResult,
): boolean {
  if (within === null) return alarms === 0;
  const isNamed = effect.channels !== 1 || named - misnamed > runs / 2;
  return medianSteps !== null && medianSteps <= within && isNamed;
}

function gridRow({ effect, runs, watchers }: CaseResult): string[] {
  const { gap, varianceRatio, channels, onset } = effect;
  return [
    `${gap}`,
    `×${varianceRatio}`,
    `${channels}`,
    `${onset + 1}`,
    `${runs}`,
    ...FLAGS.map((name) => stepsText(watchers[name]?.medianSteps ?? null)),
    ...FLAGS.map((name) => quartilesText(watchers[name]?.onsetError)),
  ];
}

function clearingRow(
  { title, isFalse, watchers: [name] }: ClearingCase,
  result: CaseResult,
): string[] {
  const { runs, steps, alpha } = result;
  const found = name && result.watchers[name]?.clearing;
  if (!found) throw new Error(`${title}: nobody watched`);
  const { cleared, again, againEarly, clearedSteps, againSteps } = found;
  const wrong = { cleared, 'flagged again': again, 'flagged again early': againEarly }[isFalse];
  const { low, high } = clopperPearson(wrong, runs);
  const isCleared = isFalse === 'cleared' || cleared > runs / 2;
  return [
    verdict(high <= alpha && isCleared),
    title,
    `${runs} × ${steps}`,
    `${cleared}`,
    quartilesText(clearedSteps),
    `${again}`,
    quartilesText(againSteps),
    `${percent(wrong / runs)} (${percent(low)}–${percent(high)})`,
  ];
}

function symmetryText({ layers, steps, largest }: Symmetry): string {
  return `${verdict(largest <= ROUNDING)}: over ${layers} layers of all nulls and promises, at each tolerance that these are about, ${steps} steps each, exchanging the domains changes ln E by ${largest.toExponential(1)} at most.`;
}

function referencesText({ passed, failed }: References): string {
  return `${verdict(failed === 0 && passed > 0)}: ${passed} tests passed, ${failed} failed, of \`test/unit/stats\`: the comparison of every formula with NumPy, SciPy or closed forms (scripts beside the expected values in \`test/fixtures/stats\`), and tests of what is kept and refused.`;
}

function quartilesText(quartiles: Quartiles | null | undefined): string {
  if (!quartiles) return ABSENT;
  const [low, median, high] = quartiles;
  return `${median} (${low}, ${high})`;
}

function stepsText(steps: number | null): string {
  return steps === null ? ABSENT : `${steps}`;
}

function verdict(met: boolean): string {
  return met ? 'met' : MISSED;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)}%`;
}

import { table } from '../src/cli/table.ts';
import { median } from '../src/stats/median.ts';
import { isBusy } from './machine.ts';
import { fastestTorch, findMeasured, isMeasured, type Measured } from './measurement.ts';
import type { NetName } from './nets.ts';
import { formatEstimate, ratioOf, threeDigits } from './ratio.ts';
import type { Comparison, Results } from './results.ts';
import { TARGET_HEADINGS, targetRows } from './targets.ts';

export const NET_TITLES: Readonly<Record<NetName, string>> = {
  cnn: 'CNN',
  mlp: 'MLP',
  separable: 'Separable CNN',
  resnet: 'ResNet-8',
};

const HEADINGS = ['', 'ms/step', 'images/s', 'peak MiB', 'time / PyTorch', 'time / stock tfjs'];

/** Says what a run found and how it was measured, as text. */
export function describeResults(results: Results): string {
  const { machine, load, plan, minutes, comparisons } = results;
  const targets = targetRows(results);
  return [
    isBusy(machine, load[0])
      ? 'The machine was busy with something else: do not trust these figures.'
      : '',
    table([HEADINGS, ...comparisons.flatMap((comparison) => comparisonRows(comparison))]),
    absences(comparisons),
    targets.length === 0 ? '' : table([TARGET_HEADINGS, ...targets]),
    `Times are medians over up to ${plan.rounds} rounds; in each, everyone steps for ${plan.sliceMs} ms in random order while the others wait. Ratios are medians of the rounds' own, with 95% intervals; those to PyTorch are to the faster of its memory formats with as many threads. Targets are judged by the median; “within noise”: the interval holds the limit.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; load ${load.map((value) => value.toFixed(1)).join(' before, ')} after ${minutes} min; ${versionsOf(comparisons)}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Says of those who did not take part why not. */
function absences(comparisons: readonly Comparison[]): string {
  const lines = comparisons.flatMap(({ contenders }) =>
    contenders.flatMap((one) =>
      isMeasured(one) ? [] : [`– ${one.id.replace(/\/.*/, '')}: ${one.unavailable}`],
    ),
  );
  return [...new Set(lines)].join('\n');
}

function versionsOf(comparisons: readonly Comparison[]): string {
  const versions = comparisons.flatMap((comparison) => Object.entries(comparison.versions));
  return [...new Map(versions)].map(([name, version]) => `${name} ${version}`).join(', ');
}

/** Sets one comparison in rows under the headings, its title first. */
function comparisonRows({ net, images, contenders }: Comparison): string[][] {
  return [
    [`${NET_TITLES[net]}, batch ${images}`],
    ...contenders.map((measurement) => {
      if (!isMeasured(measurement)) return [measurement.title, '–'];
      const { title, stepMs, peakMiB, threads, stock } = measurement;
      const time = median(stepMs);
      return [
        title,
        threeDigits(time),
        ((1_000 * images) / time).toFixed(0),
        peakMiB?.toFixed(0) ?? '–',
        ratioText(measurement, fastestTorch(contenders, threads)),
        ratioText(measurement, findMeasured(contenders, stock)),
      ];
    }),
  ];
}

function ratioText(own: Measured, other: Measured | undefined): string {
  return other === undefined || other === own
    ? ''
    : formatEstimate(ratioOf(own.stepMs, other.stepMs));
}

import type { FeatureShift, ShiftReport } from '../shift/compareSets.ts';
import type { Distance } from '../stats/gaussianDistances.ts';
import { table } from './table.ts';

/** Features of a long list that are shown; all are in the JSON. */
const SHOWN_FEATURES = 10;

/** From here on a difference counts as found. */
const LEVEL = 0.05;

/** So far out no sum of terms is normal. */
const SMALLEST_P = 1e-9;

const DISTANCES: readonly (readonly [Distance, string])[] = [
  ['gap', 'gap'],
  ['logVarianceRatio', 'log variance ratio'],
  ['jeffreys', 'Jeffreys'],
  ['bhattacharyya', 'Bhattacharyya'],
  ['hellingerSquared', 'Hellinger²'],
  ['wassersteinSquared', '2-Wasserstein²'],
];

/** Sets a comparison for a person: whether the sets differ, by how much, and in what. */
export function describeShift(report: ShiftReport): string {
  return `${[heading(report), verdict(report), distances(report), features(report)].join('\n\n')}\n`;
}

function heading({ a, b, features }: ShiftReport): string {
  const what = a.kind === 'rows' ? 'columns' : 'colour channels (values 0 to 255)';
  const names = features.length === 1 ? features[0]?.name : `${features.length} ${what}`;
  return table([
    ['A', a.path, `${a.count} ${a.kind}`],
    ['B', b.path, `${b.count} ${b.kind}`],
    ['Features', names ?? ''],
  ]);
}

function verdict(report: ShiftReport): string {
  const { mmd, a } = report;
  const { mmd2, p, permutations, n, m } = mmd;
  const what = a.kind === 'rows' ? 'rows' : 'images by their means';
  const test = `MMD² = ${digits(mmd2)}, p = ${digits(p)}`;
  const how = `${permutations} permutations of ${n} + ${m} ${what}`;
  const found = p <= LEVEL ? 'The sets differ' : 'No proof that the sets differ';
  return [`${found}: ${test} (${how}).`, ...ofAll(report)].join('\n');
}

/** The estimate of all rows, where the permutations look at a part of both sets. */
function ofAll({ linearMmd, a }: ShiftReport): string[] {
  if (linearMmd === null) return [];
  const { mmd2, se, p, n, m } = linearMmd;
  const chance = p < SMALLEST_P ? `p < ${SMALLEST_P}` : `p = ${digits(p)}`;
  const test = `MMD² = ${digits(mmd2)} ± ${digits(se)}, ${chance}`;
  return [`Of all ${n} + ${m} ${a.kind} that pair up: ${test} (linear time, normal theory).`];
}

function distances({ a, distances, features }: ShiftReport): string {
  if (distances === null) {
    return `No feature has distances between Gaussians: each is constant in a set, or alike in all ${a.kind}.`;
  }
  const rows = DISTANCES.map(([distance, name]) => {
    const { value, expected, floor95, floor99 } = distances[distance];
    const passed = value > floor99 ? '> 99%' : value > floor95 ? '> 95%' : '';
    return [`  ${name}`, ...[value, expected, floor95, floor99].map(digits), passed];
  });
  const constant = features.length - distances.channels;
  const left = constant === 0 ? '' : `, without ${constant} that are constant`;
  return `Distances between Gaussians, mean over features${left}\n${table([
    ['', 'seen', 'by chance', '95% floor', '99% floor'],
    ...rows,
  ])}`;
}

function features({ features }: ShiftReport): string {
  const shown = features.slice(0, SHOWN_FEATURES);
  const part = features.length > shown.length ? ` (${shown.length} of ${features.length})` : '';
  const rows = shown.map((feature) => {
    const { name, a, b, distances, meanP, deviationP } = feature;
    return [
      `${isFound(feature) ? '*' : ' '} ${name}`,
      ...[a.mean, b.mean].map(digits),
      distances === null ? '–' : digits(distances.gap.value),
      digits(meanP),
      ...[a.deviation, b.deviation].map(digits),
      distances === null ? '–' : digits(distances.logVarianceRatio.value),
      digits(deviationP),
    ];
  });
  const found = features.filter((feature) => isFound(feature)).length;
  return [
    `Features, those with most evidence first${part}`,
    table([
      ['', 'mean A', 'mean B', 'gap', 'p', 'deviation A', 'deviation B', 'ln variance ratio', 'p'],
      ...rows,
    ]),
    `* ${found} of ${features.length} differ: p ≤ ${LEVEL} after correction for looking at all of them`,
  ].join('\n');
}

function isFound({ meanP, deviationP }: FeatureShift): boolean {
  return Math.min(meanP, deviationP) <= LEVEL;
}

/** Writes a number with three significant digits. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(0) : value === 0 ? '0' : value.toPrecision(3);
}

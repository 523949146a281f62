import type { ComparedSet, FeatureShift, ShiftReport } from '../shift/compareSets.ts';
import type { Distance } from '../stats/gaussianDistances.ts';
import { table } from './table.ts';

/** Features of a long list that are shown; all are in the JSON. */
const SHOWN_FEATURES = 10;

/** The numbers of channels that images usually have. */
const COLOURS: readonly number[] = [1, 3, 4];

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

function heading(report: ShiftReport): string {
  const { a, b, features } = report;
  const what = a.kind === 'rows' ? 'columns' : 'channels';
  const names = features.length === 1 ? features[0]?.name : `${features.length} ${what}`;
  const sets = table([
    ['A', a.path, itemsOf(a)],
    ['B', b.path, itemsOf(b)],
    ['Features', names ?? ''],
  ]);
  return [sets, ...channelsFirst(report)].join('\n');
}

/** Says how many rows or images there are, and what of: `300 images of 28 x 28 pixels`. */
function itemsOf({ count, kind, size, range }: ComparedSet): string {
  const pixels = size === null ? '' : ` of ${size.join(' x ')} pixels`;
  const values = range === null ? '' : `, values ${range.join(' to ')}`;
  return `${count} ${kind}${pixels}${values}`;
}

/** Asks about sets of which the height is a number of channels, and the channels are not. */
function channelsFirst({ a, b, features }: ShiftReport): string[] {
  if (COLOURS.includes(features.length)) return [];
  const paths = [a, b]
    .filter(({ size }) => size !== null && COLOURS.includes(size[0]))
    .map(({ path }) => `"${path}"`);
  if (paths.length === 0) return [];
  return [
    `If the channels come first in ${paths.join(' and ')}, as in PyTorch, they are misread here: transpose to [images, height, width, channels] with array.transpose(0, 2, 3, 1).`,
  ];
}

function verdict(report: ShiftReport): string {
  const { mmd2, p, permutations, n, m } = report.mmd;
  const what = report.a.kind === 'rows' ? 'rows' : 'images by their means';
  const test = `MMD² = ${digits(mmd2)}, p = ${digits(p)}`;
  const how = `${permutations} permutations of ${n} + ${m} ${what}`;
  return [`${headline(report)}: ${test} (${how}).`, ...ofAll(report)].join('\n');
}

/** Says whether the sets differ, and by what where MMD of permutations alone does not show it. */
function headline({ mmd, linearMmd, a, features }: ShiftReport): string {
  if (mmd.p <= LEVEL) return 'The sets differ';
  const found = features.filter(isFound).length;
  const others = [
    ...(linearMmd !== null && linearMmd.p <= LEVEL ? ['by MMD in linear time'] : []),
    ...(found > 0 ? [`in ${found} of ${features.length} features`] : []),
  ];
  if (others.length === 0) return 'No proof that the sets differ';
  const what = a.kind === 'rows' ? 'rows' : "images' means";
  return `No difference found by MMD of ${what}, but ${others.join(' and ')} (below)`;
}

/** The estimate of all rows that memory holds, where permutations look at a part of both sets. */
function ofAll({ linearMmd, a, b }: ShiftReport): string[] {
  if (linearMmd === null) return [];
  const { mmd2, se, p, n, m } = linearMmd;
  const chance = p < SMALLEST_P ? `p < ${SMALLEST_P}` : `p = ${digits(p)}`;
  const test = `MMD² = ${digits(mmd2)} ± ${digits(se)}, ${chance}`;
  // Both are even: of an odd number one is left over.
  const isAll = n >= Math.min(a.count, b.count) - 1;
  const part = `${isAll ? 'all ' : ''}${n} + ${m} ${a.kind}${isAll ? ' that pair up' : ' at random'}`;
  return [`Of ${part}: ${test} (linear time, normal theory).`];
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
  const found = features.filter(isFound).length;
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
  // From 999.5 on three digits would be 1.00e+3.
  return size >= 999.5 ? value.toFixed(0) : value === 0 ? '0' : value.toPrecision(3);
}

import { fastestTorch, findMeasured } from './measurement.ts';
import { MMD_SIZE } from './mmd.ts';
import { formatEstimate, ratioOf, type Estimate } from './ratio.ts';
import type { NetName } from './nets.ts';
import type { Recording } from './recording.ts';
import type { Comparison, Results } from './results.ts';

/** A promise: with batch 128, `own` takes at most `limit` times as long as `peer`. */
interface Target {
  readonly net: NetName;
  readonly own: string;
  /** A contender, or PyTorch with as many threads and the faster memory format. */
  readonly peer: string;
  readonly limit: number;
}

const PYTORCH = 'torch';

const MET = 'met';
const MISSED = 'MISSED';

const TARGETS: readonly Target[] = [
  { net: 'cnn', own: 'wasm-1/one', peer: PYTORCH, limit: 1 },
  { net: 'separable', own: 'wasm-1/one', peer: PYTORCH, limit: 1 },
  { net: 'mlp', own: 'wasm-1/one', peer: PYTORCH, limit: 1.5 },
  { net: 'cnn', own: 'wasm-2/one', peer: PYTORCH, limit: 1 },
  { net: 'cnn', own: 'wasm-1/one', peer: 'tfjs-wasm', limit: 1 / 7 },
  { net: 'cnn', own: 'native/one', peer: PYTORCH, limit: 1 },
  { net: 'cnn', own: 'native/one', peer: 'tfjs-node', limit: 1 / 2 },
];

export const TARGET_HEADINGS = ['verdict', 'target', 'measured', 'at most'];

/** The most that recording may add to the time of a step. */
const RECORDING_LIMITS: Readonly<Partial<Record<NetName, number>>> = { cnn: 0.01, mlp: 0.03 };

/** The most that an exact MMD may take, ms. */
const MMD_LIMIT_MS = 10;

/** The most that resident memory may grow by during many steps. */
const GROWTH_LIMIT = 0.02;

/** Says of each target whether it is met; one that was not measured is left out. */
export function targetRows({ comparisons, recording }: Results): string[][] {
  return [
    ...TARGETS.flatMap((target) => comparisonRow(target, comparisons)),
    ...(recording === null ? [] : recordingRows(recording)),
  ];
}

function comparisonRow(
  { net, own, peer, limit }: Target,
  comparisons: readonly Comparison[],
): string[][] {
  const contenders =
    comparisons.find((comparison) => comparison.net === net && comparison.images === 128)
      ?.contenders ?? [];
  const a = findMeasured(contenders, own);
  const b =
    peer === PYTORCH ? fastestTorch(contenders, a?.threads) : findMeasured(contenders, peer);
  if (a === undefined || b === undefined) return [];
  const ratio = ratioOf(a.stepMs, b.stepMs);
  const claim = `${net}: ${a.title} / ${b.title}`;
  return [[verdict(ratio, limit), claim, formatEstimate(ratio), limit.toPrecision(3)]];
}

function recordingRows({ costs, mmd, endurance }: Recording): string[][] {
  const { steps, tensors, residentMiB } = endurance;
  // The first tenth of the steps warms up.
  const growth = residentMiB.at(-1)! / residentMiB[1]! - 1;
  return [
    ...costs.map(({ net, threads, ratio }) => {
      const { median, interval } = ratio;
      const limit = RECORDING_LIMITS[net] ?? 0;
      return [
        verdict(ratio, 1 + limit),
        `${net}: recording every step costs, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
        `${percent(median - 1)} (${interval?.map((end) => percent(end - 1)).join(' to ') ?? ''})`,
        percent(limit),
      ];
    }),
    [
      verdict(mmd.ms, MMD_LIMIT_MS),
      `exact MMD, ${MMD_SIZE.images} + ${MMD_SIZE.images} images, ${MMD_SIZE.channels} channels, ${MMD_SIZE.permutations} permutations`,
      `${formatEstimate(mmd.ms)} ms`,
      `${MMD_LIMIT_MS} ms`,
    ],
    [
      verdict({ median: growth, interval: null }, GROWTH_LIMIT),
      `${steps} steps: resident memory grows by`,
      percent(growth),
      percent(GROWTH_LIMIT),
    ],
    [
      tensors[0] === tensors[1] ? MET : MISSED,
      `${steps} steps: tensors`,
      tensors.join(' to '),
      'constant',
    ],
  ];
}

/** Judges by the median; says so where the interval holds the limit, so that noise may decide. */
function verdict({ median, interval }: Omit<Estimate, 'rounds'>, limit: number): string {
  const word = median <= limit ? MET : MISSED;
  const isNoise = interval !== null && interval[0] <= limit && limit < interval[1];
  return isNoise ? `${word}, within noise` : word;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)}%`;
}

import { fastestTorch, findMeasured } from './measurement.ts';
import { formatRatio, ratioOf } from './ratio.ts';
import type { Comparison } from './results.ts';
import type { NetName } from './nets.ts';

/** A promise: with batch 128, `own` takes at most `limit` times as long as `peer`. */
interface Target {
  readonly net: NetName;
  readonly own: string;
  /** A contender, or PyTorch with as many threads and the faster memory format. */
  readonly peer: string;
  readonly limit: number;
}

const PYTORCH = 'torch';

const TARGETS: readonly Target[] = [
  { net: 'cnn', own: 'wasm-1/one', peer: PYTORCH, limit: 1 },
  { net: 'separable', own: 'wasm-1/one', peer: PYTORCH, limit: 1 },
  { net: 'mlp', own: 'wasm-1/one', peer: PYTORCH, limit: 1.5 },
  { net: 'cnn', own: 'wasm-2/one', peer: PYTORCH, limit: 1 },
  { net: 'cnn', own: 'wasm-1/one', peer: 'tfjs-wasm', limit: 1 / 7 },
  { net: 'cnn', own: 'native/one', peer: PYTORCH, limit: 1 },
  { net: 'cnn', own: 'native/one', peer: 'tfjs-node', limit: 1 / 2 },
];

/** Says of each target whether it is met; one that was not measured is left out. */
export function targetRows(comparisons: readonly Comparison[]): string[][] {
  return TARGETS.flatMap(({ net, own, peer, limit }) => {
    const contenders =
      comparisons.find((comparison) => comparison.net === net && comparison.images === 128)
        ?.contenders ?? [];
    const a = findMeasured(contenders, own);
    const b =
      peer === PYTORCH ? fastestTorch(contenders, a?.threads) : findMeasured(contenders, peer);
    if (a === undefined || b === undefined) return [];
    const ratio = ratioOf(a.stepMs, b.stepMs);
    return [
      [
        ratio.median <= limit ? 'met' : 'MISSED',
        `${net}: ${a.title} / ${b.title}`,
        formatRatio(ratio),
        `≤ ${limit.toPrecision(3)}`,
      ],
    ];
  });
}

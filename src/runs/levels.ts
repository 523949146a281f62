import { LEVEL_STRIDES } from '../protocol/tables.ts';

/** Bins are written so many at a time: a level lacks the newest, which the finer files have. */
export const BINS_PER_BATCH = 4;

/** The summary of a bin of steps for one combination of ids, whose next bin it will be. */
export interface Bin {
  /** The bin's last step, a multiple of the level's stride. */
  step: number;
  readonly keys: readonly number[];
  /** Per value column; NaN is left out of `min` and `max` unless there is nothing else. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
}

/** Takes the bins of all combinations of ids over the same steps, before they serve the next. */
type Emit = (level: number, bins: readonly Bin[]) => void;

/**
 * Summarizes rows that come in the order of their steps over bins of 16, 256, 4096 steps: bin k of
 * stride w covers the steps k·w+1 … (k+1)·w. A bin is emitted once a row beyond it has come.
 */
export class LevelBuilder {
  readonly #lowest: Level | undefined;

  constructor(emit: Emit) {
    this.#lowest = LEVEL_STRIDES.reduceRight<Level | undefined>(
      (next, stride, index) => new Level(index + 1, stride, emit, next),
      undefined,
    );
  }

  add(step: number, keys: readonly number[], values: readonly number[]): void {
    this.#lowest?.add(step, keys, values, values, values);
  }
}

class Level {
  /** Last step of the bins that are open. */
  #end = 0;
  /** Of every combination of ids that has come: bins made anew would be garbage of old age. */
  readonly #bins = new Map<string, Bin>();

  constructor(
    private readonly level: number,
    private readonly stride: number,
    private readonly emit: Emit,
    private readonly next: Level | undefined,
  ) {}

  add(
    step: number,
    keys: readonly number[],
    min: ArrayLike<number>,
    max: ArrayLike<number>,
    last: ArrayLike<number>,
  ): void {
    const end = Math.ceil(step / this.stride) * this.stride;
    if (end !== this.#end) this.#open(end);
    const bin = this.#binOf(keys, last.length);
    if (bin.step !== end) {
      bin.step = end;
      bin.min.set(min);
      bin.max.set(max);
    } else {
      for (let i = 0; i < last.length; i++) {
        if (min[i]! < bin.min[i]! || Number.isNaN(bin.min[i])) bin.min[i] = min[i]!;
        if (max[i]! > bin.max[i]! || Number.isNaN(bin.max[i])) bin.max[i] = max[i]!;
      }
    }
    bin.last.set(last);
  }

  #binOf(keys: readonly number[], length: number): Bin {
    const id = keys.join();
    let bin = this.#bins.get(id);
    if (bin === undefined) {
      const values = (): Float64Array => new Float64Array(length);
      bin = { step: 0, keys, min: values(), max: values(), last: values() };
      this.#bins.set(id, bin);
    }
    return bin;
  }

  #open(end: number): void {
    const bins = Array.from(this.#bins.values()).filter(({ step }) => step === this.#end);
    if (bins.length > 0) this.emit(this.level, bins);
    for (const { step, keys, min, max, last } of bins) this.next?.add(step, keys, min, max, last);
    this.#end = end;
  }
}

import { LEVEL_STRIDES } from '../protocol/tables.ts';

/** Bins are written so many at a time: a level lacks the newest, which the finer files have. */
export const BINS_PER_BATCH = 4;

/** The summary of a bin of steps for one combination of ids. */
export interface Bin {
  /** The bin's last step, a multiple of the level's stride. */
  readonly step: number;
  readonly keys: readonly number[];
  /** Per value column; NaN is left out of `min` and `max` unless there is nothing else. */
  readonly min: number[];
  readonly max: number[];
  last: readonly number[];
}

/** Takes the bins of all combinations of ids over the same steps. */
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
  #index = -1;
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
    min: readonly number[],
    max: readonly number[],
    last: readonly number[],
  ): void {
    const index = Math.floor((step - 1) / this.stride);
    if (index !== this.#index) this.#open(index);
    const id = keys.join();
    const bin = this.#bins.get(id);
    if (bin === undefined) {
      const end = (index + 1) * this.stride;
      this.#bins.set(id, { step: end, keys, min: [...min], max: [...max], last });
      return;
    }
    for (let i = 0; i < last.length; i++) {
      if (min[i]! < bin.min[i]! || Number.isNaN(bin.min[i])) bin.min[i] = min[i]!;
      if (max[i]! > bin.max[i]! || Number.isNaN(bin.max[i])) bin.max[i] = max[i]!;
    }
    bin.last = last;
  }

  #open(index: number): void {
    const bins = [...this.#bins.values()];
    this.#bins.clear();
    if (bins.length > 0) this.emit(this.level, bins);
    for (const { step, keys, min, max, last } of bins) this.next?.add(step, keys, min, max, last);
    this.#index = index;
  }
}

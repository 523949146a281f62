import { LEVEL_STRIDES } from '../protocol/tables.ts';

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

type Emit = (level: number, bin: Bin) => void;

/**
 * Summarizes rows that come in the order of their steps over bins of 16, 256, 4096 steps: bin k of
 * stride w covers the steps k·w+1 … (k+1)·w. A bin is emitted once a row beyond it has come.
 */
export class LevelBuilder {
  private readonly lowest: Level | undefined;

  constructor(emit: Emit) {
    this.lowest = LEVEL_STRIDES.reduceRight<Level | undefined>(
      (next, stride, index) => new Level(index + 1, stride, emit, next),
      undefined,
    );
  }

  add(step: number, keys: readonly number[], values: readonly number[]): void {
    this.lowest?.add(step, keys, values, values, values);
  }
}

class Level {
  private index = -1;
  private readonly bins = new Map<string, Bin>();

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
    if (index !== this.index) this.open(index);
    const id = keys.join();
    const bin = this.bins.get(id);
    if (bin === undefined) {
      const end = (index + 1) * this.stride;
      this.bins.set(id, { step: end, keys, min: [...min], max: [...max], last });
      return;
    }
    for (let i = 0; i < last.length; i++) {
      if (min[i]! < bin.min[i]! || Number.isNaN(bin.min[i])) bin.min[i] = min[i]!;
      if (max[i]! > bin.max[i]! || Number.isNaN(bin.max[i])) bin.max[i] = max[i]!;
    }
    bin.last = last;
  }

  private open(index: number): void {
    for (const bin of this.bins.values()) {
      this.emit(this.level, bin);
      this.next?.add(bin.step, bin.keys, bin.min, bin.max, bin.last);
    }
    this.bins.clear();
    this.index = index;
  }
}

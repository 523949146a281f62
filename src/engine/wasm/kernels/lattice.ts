import { at } from './arithmetic';

/** Pixels and channels that are computed at one time: 12 vectors of sums leave 4 registers. */
export const TILE = 6;
export const PANEL = 8;
export const PANEL_BYTES: usize = 32;
/** Of two tiles. */
export const TILE_BYTES: usize = 384;

/**
 * How the pixels of an image depend on runs of floats of another: what a convolution, its gradients
 * and a matrix product have in common. Distances are in floats. `runs` pairs follow in memory: the
 * offset of a run from its pixel's first float, and the run's length.
 */
@unmanaged
export class Lattice {
  depth: i32;
  rows: i32;
  columns: i32;
  /** From the inputs of one pixel to those of the next. */
  inDepth: i32;
  inRow: i32;
  inColumn: i32;
  /** From one pixel's outputs to those of the next. */
  outDepth: i32;
  outRow: i32;
  outColumn: i32;
  /** Of the first pixel. */
  inOffset: i32;
  outOffset: i32;
  /** Outputs of a pixel. */
  channels: i32;
  /** Address of the weights: panels of [floats of all runs, PANEL]. */
  weights: usize;
  runs: i32;

  @inline
  get firstRun(): usize {
    return changetype<usize>(this) + offsetof<Lattice>();
  }

  @inline
  get end(): usize {
    return this.firstRun + ((<usize>this.runs) << 3);
  }

  /** Whether what the pixels depend on lies in rows of its own, `inColumn` floats apart. */
  @inline
  get isUnfolded(): bool {
    return (
      this.runs === 1 &&
      (this.rows === 1 || this.inRow === this.columns * this.inColumn) &&
      (this.depth === 1 || this.inDepth === this.rows * this.inRow)
    );
  }

  /**
   * Whether pixels depend on three runs of three floats, as under a filter of 3 × 3 on images of one
   * channel: unfolding them takes longer than multiplying.
   */
  get readsNineFloats(): bool {
    const run = this.firstRun;
    return (
      this.runs === 3 &&
      this.channels % 4 === 0 &&
      load<i32>(run, 4) === 3 &&
      load<i32>(run, 12) === 3 &&
      load<i32>(run, 20) === 3
    );
  }

  get pixels(): i32 {
    return this.depth * this.rows * this.columns;
  }

  /** Floats of all runs. */
  get length(): i32 {
    let length = 0;
    for (let run = this.firstRun; run < this.end; run += 8) length += load<i32>(run, 4);
    return length;
  }

  /** Whether the outputs of one pixel follow those of the one before, `outColumn` floats apart. */
  get isDense(): bool {
    return (
      (this.rows === 1 || this.outRow === this.columns * this.outColumn) &&
      (this.depth === 1 || this.outDepth === this.rows * this.outRow)
    );
  }

  /** Address of a pixel's first output. */
  outputOf(y: usize, pixel: i32): usize {
    const row = pixel / this.columns;
    const slice = row / this.rows;
    return at(
      y,
      slice * this.outDepth +
        (row - slice * this.rows) * this.outRow +
        (pixel - row * this.columns) * this.outColumn,
    );
  }
}

/**
 * Copies a matrix, [rows, columns], whose neighbours are `byRow` and `byColumn` floats apart, into
 * panels of [rows, PANEL] that are `pitch` floats apart; columns that it lacks are zero.
 */
export function packPanels(
  from: usize,
  to: usize,
  rows: i32,
  columns: i32,
  byRow: i32,
  byColumn: i32,
  pitch: i32,
): void {
  // Row by row, so that memory is read in its order.
  for (let row = 0; row < rows; row++) {
    let source = at(from, row * byRow);
    let target = at(to, row * PANEL);
    let left = columns;
    if (byColumn === 1) {
      for (; left >= PANEL; left -= PANEL) {
        v128.store(target, v128.load(source));
        v128.store(target, v128.load(source, 16), 16);
        source += PANEL_BYTES;
        target = at(target, pitch);
      }
    }
    for (; left > 0; left -= PANEL) {
      for (let c = 0; c < PANEL; c++) {
        store<f32>(at(target, c), c < left ? load<f32>(at(source, c * byColumn)) : 0);
      }
      source = at(source, PANEL * byColumn);
      target = at(target, pitch);
    }
  }
}

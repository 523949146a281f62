import type { Correlation, Lattice, Triple } from './correlation.ts';
import {
  hasMargins,
  matrixWords,
  PANEL,
  scratchBytes,
  TILE_BYTES,
  unfoldedPitch,
  volume,
  wholePanels,
} from './correlationLayout.ts';
import type { SimdHeap } from './simdHeap.ts';

/** Values of a transformed patch: 4×4 inputs make 2×2 outputs. */
const VALUES = 16;
/** Of fewer channels the transforms cost what they save. */
const LEAST_CHANNELS = 8;
/** The gradient for the weights transforms both sides and adds to more sums. */
const LEAST_GRADIENT_INPUTS = 16;
const LEAST_GRADIENT_OUTPUTS = 32;
/** For fewer patches, or multiplications, it does not pay to transform the weights. */
const LEAST_PATCHES = 16;
const LEAST_WORK = 1 << 21;
/** Patches that are transformed at one time: what they take stays in the second cache. */
const BAND_PATCHES = 96;
/** Patches of the images that are placed on their grids at one time. */
const GROUP_PATCHES = 384;

/** A correlation that is computed by patches of 2×2 outputs. */
export interface PatchPlan {
  /** It with a grid that has room for whole patches. */
  readonly plan: Correlation;
  /** Images that are worked on at one time. */
  readonly group: number;
  /** Rows of patches that are transformed at one time. */
  readonly band: number;
  /** Patches of a row. */
  readonly columns: number;
}

/**
 * Plans a correlation of `batch` images by patches, or returns null where `correlatePatches` cannot
 * compute it, or not faster than `correlate`. It takes 3×3 neighbouring cells at a stride of 1.
 */
export function planPatches(
  plan: Correlation,
  batch: number,
  inChannels: number,
  outChannels: number,
): PatchPlan | null {
  const [lattice] = plan.lattices;
  if (lattice === undefined || plan.lattices.length > 1 || !isSquareOfThree(lattice)) return null;
  const [, rows, columns] = patchesOf(lattice);
  const patches = rows * columns;
  const work = 9 * batch * volume(lattice.extent) * inChannels * outChannels;
  if (Math.min(inChannels, outChannels) < LEAST_CHANNELS) return null;
  if (batch * patches < LEAST_PATCHES || work < LEAST_WORK) return null;
  const band = Math.max(1, Math.floor(BAND_PATCHES / columns));
  return {
    plan: { ...plan, grid: roomy(plan, lattice) },
    group: Math.max(1, Math.floor(GROUP_PATCHES / patches)),
    // Products are of six patches at one time.
    band: band > 6 ? band - (band % 6) : band,
    columns,
  };
}

/** Plans the gradient of such a correlation for its weights likewise, for `gradientByPatches`. */
export function planGradientPatches(
  plan: Correlation,
  batch: number,
  inChannels: number,
  outChannels: number,
): PatchPlan | null {
  if (inChannels < LEAST_GRADIENT_INPUTS || outChannels < LEAST_GRADIENT_OUTPUTS) return null;
  return planPatches(plan, batch, inChannels, outChannels);
}

/** Whether the cells of a slice's outputs each follow from 3×3 neighbouring ones. */
function isSquareOfThree({ runs, inStep, extent }: Lattice): boolean {
  const first = runs[0]?.cell[1] ?? NaN;
  return (
    extent[0] === 1 &&
    volume(inStep) === 1 &&
    runs.length === 3 &&
    runs.every(({ taps, cell }, row) => taps.length === 3 && cell[1] === first + row)
  );
}

function patchesOf({ extent: [depth, height, width] }: Lattice): Triple {
  return [depth, Math.ceil(height / 2), Math.ceil(width / 2)];
}

/** The grid's size with room for what whole patches read. */
function roomy({ grid, offset }: Correlation, lattice: Lattice): Triple {
  const [, rows, columns] = patchesOf(lattice);
  const [, top = 0, left = 0] = lattice.runs[0]?.cell ?? [];
  return [
    grid[0],
    Math.max(grid[1], offset[1] + top + 2 * rows + 2),
    Math.max(grid[2], offset[2] + left + 2 * columns + 2),
  ];
}

/**
 * Runs `correlatePatches` with weights from `packed`, where `correlate` would find them; `calls` are
 * the arguments that both kernels take.
 */
export function correlatePatches(
  heap: SimdHeap,
  { plan, group, band, columns }: PatchPlan,
  inChannels: number,
  outChannels: number,
  packed: number,
  calls: readonly (readonly number[])[],
): void {
  const width = wholePanels(outChannels);
  const plane = unfoldedPitch(inChannels * width);
  heap.borrow(4 * VALUES * plane, (weights) => {
    heap.run([['transformWeights', packed, inChannels, width / PANEL, weights, plane]]);
    const pixels = band * columns;
    const products = Array.from({ length: VALUES }, (_, value) =>
      matrixWords({
        pixels,
        inColumn: inChannels,
        outColumn: width,
        channels: width,
        weights: weights + 4 * value * plane,
      }),
    );
    const grids = hasMargins(plan) ? group * volume(plan.grid) * inChannels : 0;
    const values = VALUES * (unfoldedPitch(pixels * inChannels) + unfoldedPitch(pixels * width));
    heap.lend(Int32Array.from(products.flat()), (words) => {
      heap.run(
        calls.map((call) => ['correlatePatches', ...call, words, group, band]),
        Math.max(
          TILE_BYTES + 4 * (grids + values),
          scratchBytes(plan, inChannels, 9 * inChannels, outChannels),
        ),
      );
    });
  });
}

/** Runs `weightGradientByPatches`; `calls` are the arguments that `weightGradient` takes, too. */
export function gradientByPatches(
  heap: SimdHeap,
  { plan, group, band, columns }: PatchPlan,
  inChannels: number,
  outChannels: number,
  calls: readonly (readonly number[])[],
): void {
  const width = wholePanels(outChannels);
  const pixels = band * columns;
  const matrix = { pixels, inColumn: inChannels, outColumn: width, channels: width, weights: 0 };
  const grids = hasMargins(plan) ? group * volume(plan.grid) * inChannels : 0;
  const values =
    unfoldedPitch(inChannels * width) +
    unfoldedPitch(pixels * inChannels) +
    unfoldedPitch(pixels * width);
  heap.lend(Int32Array.from(matrixWords(matrix)), (words) => {
    heap.run(
      calls.map((call) => ['weightGradientByPatches', ...call, words, group, band]),
      Math.max(
        TILE_BYTES + 4 * (grids + VALUES * values),
        scratchBytes(plan, inChannels, 9 * inChannels, outChannels),
      ),
    );
  });
}

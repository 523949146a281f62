import type { Correlation, Lattice, Triple } from './correlation.ts';

/** Output channels that the kernels compute at one time. */
export const PANEL = 8;

/** Rounds a number of channels up to whole panels. */
export function wholePanels(channels: number): number {
  return Math.ceil(channels / PANEL) * PANEL;
}

/** Floats of weights that an output of the lattice depends on. */
export function floatsRead(lattice: Lattice, inChannels: number): number {
  return lattice.runs.reduce((sum, { taps }) => sum + taps.length * inChannels, 0);
}

/** Whether images must be copied to a grid with margins before they are read. */
export function hasMargins({ grid, input }: Correlation): boolean {
  return grid.some((size, axis) => size !== input[axis]);
}

/** Lays out how one image is placed on its grid, as `placeOnGrid` reads it. */
export function placementWords({ input, grid, offset }: Correlation, channels: number): number[] {
  return [1, channels, ...input, ...grid, ...offset, 1, 1, 1];
}

/** Lays a lattice out as the kernels read it; `weights` is where its panels are. */
export function latticeWords(
  { output, grid, offset }: Correlation,
  { extent, inStep, outFirst, outStep, runs }: Lattice,
  inChannels: number,
  outChannels: number,
  weights: number,
): number[] {
  const inPitch = pitches(grid, inChannels);
  const outPitch = pitches(output, outChannels);
  return [
    ...extent,
    ...inStep.map((step, axis) => step * inPitch[axis]!),
    ...outStep.map((step, axis) => step * outPitch[axis]!),
    dot(offset, inPitch),
    dot(outFirst, outPitch),
    outChannels,
    weights,
    runs.length,
    ...runs.flatMap(({ cell, taps }) => [dot(cell, inPitch), taps.length * inChannels]),
  ];
}

/** Floats from a cell to the next one of each axis. */
function pitches([, height, width]: Triple, channels: number): Triple {
  return [height * width * channels, width * channels, channels];
}

/** The product of three lengths. */
export function volume([depth, height, width]: Triple): number {
  return depth * height * width;
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Of the kernels: two tiles, floats of unfolded pixels and pixels that they work on at one time. */
export const TILE_BYTES = 384;
const UNFOLDED_FLOATS = 4096;
const BAND_PIXELS = 256;

/**
 * Returns the scratch memory, in bytes, that a thread needs for tiles, a grid, and a band of pixels
 * that depend on `length` floats each or of what comes of them.
 */
export function scratchBytes(
  plan: Correlation | null,
  inChannels: number,
  length: number,
  outChannels: number,
): number {
  const grid = plan !== null && hasMargins(plan) ? volume(plan.grid) * inChannels : 0;
  const unfolded = Math.max(UNFOLDED_FLOATS, 6 * unfoldedPitch(length));
  return TILE_BYTES + 4 * (grid + Math.max(unfolded, BAND_PIXELS * wholePanels(outChannels)));
}

/** Returns how many floats lie from one unfolded pixel to the next, as in kernels/unfold.ts. */
export function unfoldedPitch(length: number): number {
  return (Math.ceil(length / 16) | 1) * 16;
}

/** A matrix as the kernels see it: pixels whose inputs, and whose outputs, are floats apart. */
export interface MatrixLayout {
  readonly pixels: number;
  /** Floats from the inputs of a pixel to those of the next; it depends on all of them. */
  readonly inColumn: number;
  readonly outColumn: number;
  /** Outputs of a pixel. */
  readonly channels: number;
  /** Address of their panels, where the product has them. */
  readonly weights: number;
}

/** Words of {@link matrixWords}. */
export const MATRIX_WORDS = 16;

/** Lays a matrix out as a lattice of one row of pixels, each depending on one run of floats. */
export function matrixWords({
  pixels,
  inColumn,
  outColumn,
  channels,
  weights,
}: MatrixLayout): number[] {
  const steps = [0, 0, inColumn, 0, 0, outColumn];
  return [1, 1, pixels, ...steps, 0, 0, channels, weights, 1, 0, inColumn];
}

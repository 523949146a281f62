import type { Convolution, ConvolutionAxis } from './convolution.ts';

export type Triple = readonly [depth: number, height: number, width: number];

/** Neighbouring cells of a row that an output reads, with the filter's tap for each. */
export interface Run {
  readonly cell: Triple;
  /** Places in the filter, [depth, height, width]. */
  readonly taps: readonly number[];
}

/** Outputs that read their inputs alike: all of a convolution's, or one phase of its gradient's. */
export interface Lattice {
  readonly extent: Triple;
  /** Cells from what one output reads to what the next reads. */
  readonly inStep: Triple;
  readonly outFirst: Triple;
  readonly outStep: Triple;
  readonly runs: readonly Run[];
}

/** How the outputs of a convolution, or of its gradient for the input, follow from the inputs. */
export interface Correlation {
  readonly input: Triple;
  readonly output: Triple;
  /** A grid, with zeros around the input, that holds every cell that is read. */
  readonly grid: Triple;
  /** The input's first cell on the grid. */
  readonly offset: Triple;
  readonly lattices: readonly Lattice[];
}

/** One axis of a lattice: output `first + step·t` reads cell `inStep·t + cell` for each tap. */
interface Phase {
  readonly extent: number;
  readonly first: number;
  readonly step: number;
  readonly inStep: number;
  readonly taps: readonly { readonly tap: number; readonly cell: number }[];
}

/** Plans a convolution's outputs. */
export function forwardCorrelation({ axes }: Convolution): Correlation {
  return correlation(axes, ({ input, output, filter, stride, dilation, pad }) => {
    const taps = range(filter).map((tap) => ({ tap, cell: tap * dilation - pad }));
    return { input, output, phases: [{ extent: output, first: 0, step: 1, inStep: stride, taps }] };
  });
}

/**
 * Plans a convolution's gradient for its input: input i receives dy[o]·filter[tap] wherever
 * i = o·stride + tap·dilation − pad, so that the inputs of one phase of the stride take the same
 * taps (Dumoulin & Visin 2016, section 4, without the zeros between).
 */
export function inputGradientCorrelation({ axes }: Convolution): Correlation {
  return correlation(axes, ({ input, output, filter, stride, dilation, pad }) => ({
    input: output,
    output: input,
    phases: range(Math.min(stride, input)).map((phase) => ({
      extent: Math.ceil((input - phase) / stride),
      first: phase,
      step: stride,
      inStep: 1,
      taps: range(filter)
        .map((tap) => ({ tap, cell: (phase + pad - tap * dilation) / stride }))
        .filter(({ cell }) => Number.isInteger(cell))
        .sort((a, b) => a.cell - b.cell),
    })),
  }));
}

function correlation(
  axes: Convolution['axes'],
  plan: (axis: ConvolutionAxis) => {
    readonly input: number;
    readonly output: number;
    readonly phases: readonly Phase[];
  },
): Correlation {
  const plans = each(axes, plan);
  const margins = each(plans, ({ input, phases }) => reach(input, phases));
  const filter = each(axes, (axis) => axis.filter);
  const [depths, heights, widths] = each(plans, ({ phases }) => phases);
  return {
    input: each(plans, ({ input }) => input),
    output: each(plans, ({ output }) => output),
    grid: each(margins, ({ size }) => size),
    offset: each(margins, ({ before }) => before),
    lattices: depths.flatMap((depth) =>
      heights.flatMap((height) => widths.map((width) => lattice([depth, height, width], filter))),
    ),
  };
}

/** The cells that an axis reads, and all of the input: how many, and how many before the input. */
function reach(input: number, phases: readonly Phase[]): { before: number; size: number } {
  let first = 0;
  let end = input;
  for (const { extent, inStep, taps } of phases) {
    for (const { cell } of taps) {
      first = Math.min(first, cell);
      end = Math.max(end, cell + inStep * (extent - 1) + 1);
    }
  }
  return { before: -first, size: end - first };
}

function lattice(phases: readonly [Phase, Phase, Phase], filter: Triple): Lattice {
  const [depth, height, width] = phases;
  const runs: { cell: Triple; taps: number[] }[] = [];
  for (const d of depth.taps) {
    for (const h of height.taps) {
      let end = NaN;
      for (const w of width.taps) {
        if (w.cell !== end) runs.push({ cell: [d.cell, h.cell, w.cell], taps: [] });
        runs.at(-1)?.taps.push((d.tap * filter[1] + h.tap) * filter[2] + w.tap);
        end = w.cell + 1;
      }
    }
  }
  return {
    extent: each(phases, ({ extent }) => extent),
    inStep: each(phases, ({ inStep }) => inStep),
    outFirst: each(phases, ({ first }) => first),
    outStep: each(phases, ({ step }) => step),
    runs,
  };
}

function each<T, R>([depth, height, width]: readonly [T, T, T], of: (axis: T) => R): [R, R, R] {
  return [of(depth), of(height), of(width)];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

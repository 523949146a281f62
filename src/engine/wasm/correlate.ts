import type * as tf from '@tensorflow/tfjs';
import type { Convolution } from './convolution.ts';
import { forwardCorrelation, inputGradientCorrelation, type Correlation } from './correlation.ts';
import {
  floatsRead,
  hasMargins,
  latticeWords,
  PANEL,
  scratchBytes,
  placementWords,
  volume,
  wholePanels,
} from './correlationLayout.ts';
import { shares } from './shares.ts';
import type { KernelCall, SimdHeap } from './simdHeap.ts';
import {
  correlatePatches,
  gradientByPatches,
  planGradientPatches,
  planPatches,
} from './winograd.ts';

/** Convolves x, [batch, ...input, in], with a filter, [...taps, in, out], into y. */
export function convolve(
  heap: SimdHeap,
  convolution: Convolution,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  y: tf.TensorInfo,
): void {
  const { inChannels, outChannels } = convolution;
  const matrix = { rows: inChannels, columns: outChannels, byRow: outChannels, byColumn: 1 };
  correlate(heap, convolution.batch, forwardCorrelation(convolution), x, filter, matrix, y);
}

/** Writes a convolution's gradient for its input from dy, [batch, ...outputs, out], and its filter. */
export function convolveBack(
  heap: SimdHeap,
  convolution: Convolution,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  dx: tf.TensorInfo,
): void {
  const { inChannels, outChannels } = convolution;
  const matrix = { rows: outChannels, columns: inChannels, byRow: 1, byColumn: outChannels };
  correlate(heap, convolution.batch, inputGradientCorrelation(convolution), dy, filter, matrix, dx);
}

/** How the weights of one tap lie in a filter: distances in floats. */
interface TapMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly byRow: number;
  readonly byColumn: number;
}

function correlate(
  heap: SimdHeap,
  batch: number,
  wanted: Correlation,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  tap: TapMatrix,
  y: tf.TensorInfo,
): void {
  const { rows, columns, byRow, byColumn } = tap;
  const patches = planPatches(wanted, batch, rows, columns);
  const plan = patches?.plan ?? wanted;
  const lengths = plan.lattices.map((lattice) => floatsRead(lattice, rows));
  const panels = lengths.map((length) => length * wholePanels(columns));
  heap.borrow(4 * panels.reduce((sum, floats) => sum + floats, 0), (packed) => {
    const packs: KernelCall[] = [];
    const lattices: number[] = [];
    let weights = packed;
    plan.lattices.forEach((lattice, index) => {
      const length = lengths[index]!;
      lattices.push(...latticeWords(plan, lattice, rows, columns, weights));
      lattice.runs
        .flatMap(({ taps }) => taps)
        .forEach((number, place) => {
          const from = heap.address(filter) + 4 * number * rows * columns;
          const to = weights + 4 * place * rows * PANEL;
          packs.push(['packPanels', from, to, rows, columns, byRow, byColumn, PANEL * length]);
        });
      weights += 4 * panels[index]!;
    });
    const placement = placementWords(plan, rows);
    heap.lend(Int32Array.of(...placement, ...lattices), (words) => {
      heap.runInTurn(packs);
      const image = { in: volume(plan.input) * rows, out: volume(plan.output) * columns };
      const work = Math.max(...lengths) * image.out;
      const calls = shares(batch, work).map(({ first, count }) => [
        heap.address(x) + 4 * first * image.in,
        heap.address(y) + 4 * first * image.out,
        count,
        image.in,
        image.out,
        hasMargins(plan) ? words : 0,
        words + 4 * placement.length,
      ]);
      if (patches !== null) {
        correlatePatches(heap, patches, rows, columns, packed, calls);
        return;
      }
      heap.run(
        calls.map((call) => ['correlate', ...call, plan.lattices.length]),
        scratchBytes(plan, rows, Math.max(...lengths), columns),
      );
    });
  });
}

/**
 * Writes a convolution's gradient for its filter, [...taps, in, out], from x, [batch, ...input, in],
 * and dy, [batch, ...outputs, out].
 */
export function filterGradient(
  heap: SimdHeap,
  convolution: Convolution,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
): void {
  const { batch, inChannels, outChannels } = convolution;
  const wanted = forwardCorrelation(convolution);
  const patches = planGradientPatches(wanted, batch, inChannels, outChannels);
  const plan = patches?.plan ?? wanted;
  const [lattice] = plan.lattices;
  if (lattice === undefined) throw new Error('a convolution has one lattice');
  const length = floatsRead(lattice, inChannels);
  const placement = placementWords(plan, inChannels);
  const words = [...placement, ...latticeWords(plan, lattice, inChannels, outChannels, 0)];
  const image = { in: volume(plan.input) * inChannels, out: volume(plan.output) * outChannels };
  const parts = shares(batch, length * image.out);
  const width = wholePanels(outChannels);
  const part = 4 * length * width;
  // A single part with whole panels is the gradient itself.
  const single = width === outChannels && parts.length === 1;
  const margins = hasMargins(plan);
  heap.borrow(single ? 0 : parts.length * part, (memory) => {
    const sums = single ? heap.address(filter) : memory;
    heap.lend(Int32Array.from(words), (shape) => {
      const calls = parts.map(({ first, count }, index) => [
        heap.address(x) + 4 * first * image.in,
        heap.address(dy) + 4 * first * image.out,
        count,
        image.in,
        image.out,
        margins ? shape : 0,
        shape + 4 * placement.length,
        sums + index * part,
        width,
      ]);
      if (patches !== null) {
        gradientByPatches(heap, patches, inChannels, outChannels, calls);
        return;
      }
      heap.run(
        calls.map((call) => ['weightGradient', ...call]),
        scratchBytes(plan, inChannels, length, outChannels),
      );
    });
    if (single) return;
    heap.run([['sumPanels', sums, parts.length, length, outChannels, heap.address(filter)]]);
  });
}

import type { Line } from './figure.ts';

/** More points than this are drawn as the mean and the bounds of stretches of them. */
const STRETCHES = 80;

/** A line as it is drawn: fewer points, with a band where the line has one. */
export interface Envelope {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
}

/**
 * Condenses a line with a band into at most {@link STRETCHES} points: each is the mean over a
 * stretch of steps; a band of ranges becomes the range over the stretch, one of errors their mean.
 */
export function envelope(
  { steps, values }: Pick<Line, 'steps' | 'values'>,
  { low, high, meaning }: NonNullable<Line['band']>,
): Envelope {
  const count = steps.length;
  if (count <= STRETCHES) return { steps, values, low, high };
  const lowest = meaning === 'range' ? minimum : mean;
  const highest = meaning === 'range' ? maximum : mean;
  const bounds = Array.from({ length: STRETCHES + 1 }, (_, stretch) =>
    Math.round((stretch * count) / STRETCHES),
  );
  const over = (of: ArrayLike<number>, summary: typeof mean): number[] =>
    bounds.slice(1).map((end, stretch) => summary(of, bounds[stretch]!, end));
  return {
    steps: over(steps, mean),
    values: over(values, mean),
    low: over(low, lowest),
    high: over(high, highest),
  };
}

function mean(values: ArrayLike<number>, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) sum += values[at]!;
  return sum / (end - start);
}

function minimum(values: ArrayLike<number>, start: number, end: number): number {
  let least = Infinity;
  for (let at = start; at < end; at++) least = Math.min(least, values[at]!);
  return least;
}

function maximum(values: ArrayLike<number>, start: number, end: number): number {
  let most = -Infinity;
  for (let at = start; at < end; at++) most = Math.max(most, values[at]!);
  return most;
}

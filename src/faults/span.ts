/** A sum over the steps of the span that is under way; JSON. */
export interface Span {
  steps: number;
  readonly sums: number[];
}

/** Begins to average `count` numbers. */
export function beginSpan(count: number): Span {
  return { steps: 0, sums: new Array<number>(count).fill(0) };
}

/**
 * Adds a step's numbers; returns their averages over each `length` steps, else null. A step whose
 * numbers are not finite is left out.
 */
export function average(span: Span, length: number, numbers: readonly number[]): number[] | null {
  if (!numbers.every(Number.isFinite)) return null;
  numbers.forEach((number, k) => {
    span.sums[k]! += number;
  });
  span.steps++;
  if (span.steps < length) return null;
  const averages = span.sums.map((sum) => sum / length);
  span.sums.fill(0);
  span.steps = 0;
  return averages;
}

/** How many steps in succession something has lasted; JSON. */
export interface Streak {
  steps: number;
}

/** Counts a step in which it lasts or ends; tells whether it has lasted `length` steps. */
export function lasts(streak: Streak, length: number, now: boolean): boolean {
  streak.steps = now ? streak.steps + 1 : 0;
  return streak.steps >= length;
}

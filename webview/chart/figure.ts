/** How a line is drawn and read. */
export interface Line {
  readonly label: string;
  /** The domain whose colour it takes; null for the colour of text. */
  readonly domain: number | null;
  /** Ascending. */
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Bounds drawn as a band around the line, each as long as `values`: ranges or standard errors. */
  readonly band?: {
    readonly low: ArrayLike<number>;
    readonly high: ArrayLike<number>;
    readonly meaning: 'range' | 'error';
  };
  /**
   * `line`: recorded steps; `points`: few and far between; `floor`: shaded down to zero; `control`:
   * what the others are held against, dotted.
   */
  readonly style: 'line' | 'points' | 'floor' | 'control';
}

/** A step at which a flag was raised or cleared, or a phase of the training began. */
export interface Mark {
  readonly step: number;
  readonly label: string;
  readonly kind: 'flag' | 'phase';
}

/** What one chart shows, in words and numbers: the canvas, its readout and its table agree on it. */
export interface Figure {
  readonly lines: readonly Line[];
  /** A value on the vertical axis that something has to reach. */
  readonly threshold?: { readonly value: number; readonly label: string };
  readonly marks: readonly Mark[];
  readonly lastStep: number;
  /** Writes a value for people. */
  readonly format: (value: number) => string;
  /** Writes a tick of the vertical axis. */
  readonly formatTick: (value: number) => string;
  /** Bounds of the vertical axis; by default what the values need. */
  readonly range?: { readonly min?: number; readonly max?: number };
}

/** Finds a line's last point at or before a step; -1 when there is none. */
export function pointAt(steps: ArrayLike<number>, step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Writes a line's value at one of its points, with its standard error where it has one. */
export function valueAt({ values, band }: Line, point: number, { format }: Figure): string {
  const value = values[point]!;
  if (band?.meaning !== 'error') return format(value);
  return `${format(value)} ± ${format(band.high[point]! - value)}`;
}

/** A figure as a table: one row per step, the newest first. */
export interface FigureTable {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly step: number; readonly cells: readonly string[] }[];
  /** How many recorded points there are; more than rows when some are left out. */
  readonly points: number;
}

/**
 * Writes a figure's values as a table of at most `limit` rows: evenly spaced points, always with
 * the newest one and all those that stand alone.
 */
export function tableOf(figure: Figure, limit: number): FigureTable {
  const { lines } = figure;
  const dense = lines.filter(({ style }) => style !== 'points');
  const longest = dense.reduce<ArrayLike<number>>(
    (steps, line) => (line.steps.length > steps.length ? line.steps : steps),
    [],
  );
  const every = Math.max(1, Math.ceil(longest.length / limit));
  const shown = new Set<number>();
  for (let point = longest.length - 1; point >= 0; point -= every) shown.add(longest[point]!);
  for (const line of lines) {
    if (line.style === 'points') for (const step of Array.from(line.steps)) shown.add(step);
  }
  const steps = [...shown].sort((a, b) => b - a);
  return {
    columns: lines.map(({ label }) => label),
    rows: steps.map((step) => ({ step, cells: lines.map((line) => cell(line, step, figure)) })),
    points: longest.length,
  };
}

function cell(line: Line, step: number, figure: Figure): string {
  const point = pointAt(line.steps, step);
  return line.steps[point] === step ? valueAt(line, point, figure) : '';
}

import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type ChartDataset,
  type Point,
} from 'chart.js';
import { whole } from '../format.ts';
import { withAlpha, type Theme } from '../theme.ts';
import { envelope } from './envelope.ts';
import type { Figure, Line } from './figure.ts';
import { overlayPlugin } from './overlay.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler);

/** Second and later domains beyond the usual two are told apart by dashes as well as by colour. */
const DASHES = [[], [], [7, 4], [2, 3], [9, 3, 2, 3]];

const MOST_CIRCLES = 40;

/** Draws figures on one canvas. */
export class LineChart {
  readonly #chart: Chart<'line', Point[]>;
  #figure: Figure;
  #theme: Theme;
  #cursor: number | null = null;

  constructor(canvas: HTMLCanvasElement, figure: Figure, theme: Theme) {
    this.#figure = figure;
    this.#theme = theme;
    this.#chart = new Chart<'line', Point[]>(canvas, {
      type: 'line',
      data: { datasets: [] },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        parsing: false,
        normalized: true,
        events: [],
        layout: { padding: { top: 4, right: 2 } },
        scales: { x: { type: 'linear' }, y: { type: 'linear' } },
      },
      plugins: [
        overlayPlugin(() => ({ figure: this.#figure, theme: this.#theme, cursor: this.#cursor })),
      ],
    });
    this.draw(figure, theme);
  }

  draw(figure: Figure, theme: Theme): void {
    this.#figure = figure;
    this.#theme = theme;
    this.#chart.data.datasets = figure.lines.flatMap((line) => datasets(line, theme));
    this.#chart.options.scales = scales(figure, theme);
    this.#chart.update('none');
  }

  /** Points at a step on the canvas. */
  point(step: number | null): void {
    this.#cursor = step;
    this.#chart.draw();
  }

  /** Finds the step below a place on the canvas, CSS pixels from its left edge. */
  stepAt(x: number): number | null {
    const { chartArea, scales: axes } = this.#chart;
    if (x < chartArea.left - 8 || x > chartArea.right + 8) return null;
    const step = Math.round(axes['x']?.getValueForPixel(x) ?? NaN);
    return Number.isFinite(step) ? Math.min(Math.max(step, 1), this.#figure.lastStep) : null;
  }
}

type Dataset = ChartDataset<'line', Point[]>;

function datasets(line: Line, theme: Theme): Dataset[] {
  const color = line.domain === null ? theme.text : (theme.domains[line.domain] ?? theme.text);
  const plain = { pointRadius: 0, borderWidth: 0, borderColor: color, tension: 0 } as const;
  const data = points(line.steps, line.values);
  switch (line.style) {
    case 'floor':
      return [
        {
          ...plain,
          data,
          fill: 'origin',
          backgroundColor: withAlpha(theme.muted, 0.22),
          borderColor: theme.muted,
          borderWidth: 1,
          borderDash: [2, 2],
        },
      ];
    case 'points':
      return [
        {
          ...plain,
          data,
          borderWidth: 1.5,
          borderDash: [3, 3],
          // Circles that would touch each other say less than the line.
          pointRadius: data.length > MOST_CIRCLES ? 0 : 4,
          pointBackgroundColor: theme.surface,
          pointBorderColor: color,
          pointBorderWidth: 2,
          // The newest point lies on the edge; it is drawn whole.
          clip: 6,
        },
      ];
    case 'control':
      return [{ ...plain, data, borderWidth: 1.25, borderDash: [1, 3], borderCapStyle: 'round' }];
    case 'line': {
      const stroke = { ...plain, borderWidth: 1.75, borderDash: DASHES[line.domain ?? 0] ?? [] };
      if (line.band === undefined) return [{ ...stroke, data }];
      const { steps, values, low, high } = envelope(line, line.band);
      const backgroundColor = withAlpha(color, 0.22);
      return [
        { ...plain, data: points(steps, low) },
        { ...plain, data: points(steps, high), fill: '-1', backgroundColor },
        { ...stroke, data: points(steps, values) },
      ];
    }
  }
}

function points(steps: ArrayLike<number>, values: ArrayLike<number>): Point[] {
  return Array.from(steps, (x, point) => ({ x, y: values[point]! }));
}

function scales({ lastStep, range, formatTick }: Figure, theme: Theme) {
  const ticks = { color: theme.muted, font: { family: theme.font, size: 11 }, padding: 6 };
  return {
    x: {
      type: 'linear' as const,
      min: 1,
      max: Math.max(lastStep, 2),
      grid: { display: false },
      border: { color: theme.grid },
      ticks: {
        ...ticks,
        includeBounds: false,
        maxTicksLimit: 7,
        precision: 0,
        maxRotation: 0,
        callback: (value: number | string) => whole(Number(value)),
      },
    },
    y: {
      type: 'linear' as const,
      ...range,
      grid: { color: theme.grid, drawTicks: false },
      border: { display: false },
      ticks: {
        ...ticks,
        includeBounds: false,
        maxTicksLimit: 6,
        callback: (value: number | string) => formatTick(Number(value)),
      },
      // Equal room for the ticks of all charts, so that their time axes line up.
      afterFit: (axis: { width: number }) => {
        axis.width = 56;
      },
    },
  };
}

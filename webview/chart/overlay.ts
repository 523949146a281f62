import type { Chart, Plugin } from 'chart.js';
import type { Theme } from '../theme.ts';
import type { Figure, Mark } from './figure.ts';

/** What is drawn over the lines. */
export interface Overlay {
  readonly figure: Pick<Figure, 'marks' | 'threshold'>;
  readonly theme: Theme;
  /** The step that all charts point at; null when none. */
  readonly cursor: number | null;
}

/** Draws the threshold, the marks and the cursor over the lines. */
export function overlayPlugin(overlay: () => Overlay): Plugin<'line'> {
  return {
    id: 'overlay',
    afterDatasetsDraw(chart) {
      const { figure, theme, cursor } = overlay();
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.font = `11px ${theme.font}`;
      ctx.lineWidth = 1;
      if (figure.threshold) drawThreshold(chart, figure.threshold, theme);
      for (const mark of figure.marks) drawMark(chart, mark, theme);
      if (cursor !== null) {
        const x = xOf(chart, cursor);
        if (x >= chartArea.left && x <= chartArea.right) {
          ctx.strokeStyle = theme.muted;
          strokeLine(ctx, x, chartArea.top, x, chartArea.bottom);
        }
      }
      ctx.restore();
    },
  };
}

type Line = Chart<'line'>;

function drawThreshold(
  chart: Line,
  { value, label }: { readonly value: number; readonly label: string },
  theme: Theme,
): void {
  const { ctx, chartArea } = chart;
  const y = chart.scales['y']?.getPixelForValue(value) ?? NaN;
  if (!(y >= chartArea.top && y <= chartArea.bottom)) return;
  ctx.strokeStyle = theme.threshold;
  ctx.setLineDash([6, 4]);
  strokeLine(ctx, chartArea.left, y, chartArea.right, y);
  ctx.setLineDash([]);
  // The label keeps clear of the frame: below the line when there is no room above it.
  const above = y - chartArea.top > 18;
  drawLabel(ctx, label, chartArea.right - 4, above ? y - 5 : y + 14, 'right', theme.text, theme);
}

function drawMark(chart: Line, { step, label, kind }: Mark, theme: Theme): void {
  const { ctx, chartArea } = chart;
  const x = xOf(chart, step);
  if (kind === 'phase') {
    ctx.strokeStyle = theme.muted;
    ctx.setLineDash([2, 3]);
    strokeLine(ctx, x, chartArea.top, x, chartArea.bottom);
    ctx.setLineDash([]);
    // At the foot, where flags have no labels.
    const [at, align] = besideMark(chart, x, label, 4);
    drawLabel(ctx, label, at, chartArea.bottom - 5, align, theme.muted, theme);
    return;
  }
  ctx.strokeStyle = theme.warning;
  strokeLine(ctx, x, chartArea.top, x, chartArea.bottom);
  ctx.fillStyle = theme.warning;
  ctx.beginPath();
  ctx.moveTo(x, chartArea.top);
  ctx.lineTo(x + 8, chartArea.top + 4);
  ctx.lineTo(x, chartArea.top + 8);
  ctx.fill();
  const [at, align] = besideMark(chart, x, label, 12);
  drawLabel(ctx, label, at, chartArea.top + 9, align, theme.text, theme);
}

/** Says where a mark's label goes: `distance` to its right, or to its left where it does not fit. */
function besideMark(
  { ctx, chartArea }: Line,
  x: number,
  label: string,
  distance: number,
): [x: number, align: CanvasTextAlign] {
  const fits = chartArea.right - x > ctx.measureText(label).width + distance + 4;
  return fits ? [x + distance, 'left'] : [x - 6, 'right'];
}

/** Writes text with a halo in the colour of the ground, so that lines below it stay legible. */
function drawLabel(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  align: CanvasTextAlign,
  fill: string,
  theme: Theme,
): void {
  ctx.textAlign = align;
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4;
  ctx.strokeStyle = theme.surface;
  ctx.strokeText(text, x, y);
  ctx.lineWidth = 1;
  ctx.fillStyle = fill;
  ctx.fillText(text, x, y);
}

function strokeLine(
  ctx: CanvasRenderingContext2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  ctx.beginPath();
  ctx.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  ctx.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  ctx.stroke();
}

function xOf(chart: Line, step: number): number {
  return chart.scales['x']?.getPixelForValue(step) ?? NaN;
}

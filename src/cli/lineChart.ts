import { escapeHtml } from './escapeHtml.ts';

/** Steps and values; one that is no finite number is left out. */
export type ChartPoints = readonly (readonly [step: number, value: number])[];

/** One line of a {@link lineChart}, step by step. */
export interface ChartLine {
  readonly name: string;
  readonly points: ChartPoints;
  /** What was measured now and then: rings in the line's colour. */
  readonly rings?: ChartPoints;
  /** What the line is to be compared with: dots in its colour. */
  readonly floor?: ChartPoints;
}

const WIDTH = 640;
const HEIGHT = 240;
const PLOT = { left: 52, right: 628, top: 12, bottom: 208 };
/** Points are joined into the means of so many stretches of steps at most. */
const STRETCHES = 200;
/** Told apart on light and on dark ground (Okabe & Ito 2008, without black and yellow). */
const COLORS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
/** Where colours come again. */
const STROKES = [
  { dashes: 'none', border: 'solid' },
  { dashes: '6 3', border: 'dashed' },
  { dashes: '2 3', border: 'dotted' },
];

/** Draws lines over the steps, from 0 up, as SVG that needs nothing else. */
export function lineChart(title: string, lines: readonly ChartLine[]): string {
  const drawn = lines.map(({ name, points, rings = [], floor = [] }) => ({
    name,
    points: means(points),
    rings: finite(rings),
    floor: means(floor),
  }));
  const all = drawn.flatMap(({ points, rings, floor }) => [...points, ...rings, ...floor]);
  const lastStep = Math.max(1, ...lines.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const top = ceiling(Math.max(...all.map(([, value]) => value)));
  const x = (step: number) => PLOT.left + ((PLOT.right - PLOT.left) * step) / lastStep;
  const y = (value: number) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * value) / top;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    return `<path d="M${PLOT.left} ${at}H${PLOT.right}" stroke="currentColor" opacity=".15"/><text x="${PLOT.left - 6}" y="${at}" dy="4" text-anchor="end">${Number((share * top).toPrecision(3))}</text>`;
  });
  const polyline = (points: ChartPoints, color: string, dashes: string, width: number) => {
    const path = points.map(([step, value]) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`);
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${color}" stroke-dasharray="${dashes}" stroke-width="${width}"/>`;
  };
  const paths = drawn.flatMap(({ points, rings, floor }, index) => {
    const { color, dashes } = strokeOf(index);
    return [
      polyline(points, color, dashes, 1.6),
      ...(floor.length > 0 ? [polyline(floor, color, '2 3', 1.4)] : []),
      ...(rings.length > 0 ? [polyline(rings, color, '2 3', 1.2)] : []),
      ...rings.map(
        ([step, value]) =>
          `<circle cx="${x(step).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="Canvas" stroke="${color}" stroke-width="1.6"/>`,
      ),
    ];
  });
  const legend = drawn.map(({ name }, index) => {
    const { color, border } = strokeOf(index);
    return `<li><i style="border-top: 3px ${border} ${color}"></i>${escapeHtml(name)}</li>`;
  });
  return `<figure>
<figcaption>${escapeHtml(title)}</figcaption>
<ul>${legend.join('')}</ul>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">
${[...grid, ...paths].join('\n')}
<text x="${PLOT.left}" y="228">0</text><text x="${PLOT.right}" y="228" text-anchor="end">step ${lastStep}</text>
</svg>
</figure>`;
}

function strokeOf(index: number) {
  const stroke = STROKES[Math.floor(index / COLORS.length) % STROKES.length]!;
  return { color: COLORS[index % COLORS.length]!, ...stroke };
}

function finite(points: ChartPoints): ChartPoints {
  return points.filter(([, value]) => Number.isFinite(value));
}

/** Joins points into the means of equal numbers of them. */
function means(points: ChartPoints): [number, number][] {
  const shown = finite(points);
  const size = Math.max(1, Math.ceil(shown.length / STRETCHES));
  return Array.from({ length: Math.ceil(shown.length / size) }, (_, stretch) => {
    const own = shown.slice(stretch * size, (stretch + 1) * size);
    const mean = (axis: 0 | 1) => own.reduce((sum, point) => sum + point[axis], 0) / own.length;
    return [mean(0), mean(1)];
  });
}

/** The least of 1, 2, 4, 5 and 10 times a power of ten that is no less than a value. */
function ceiling(value: number): number {
  if (!(value > 0 && Number.isFinite(value))) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5].find((digit) => digit * power >= value) ?? 10);
}

import { h, icon, setText } from '../dom.ts';
import { UNKNOWN, whole } from '../format.ts';
import type { Theme } from '../theme.ts';
import type { Cursor } from './cursor.ts';
import { pointAt, tableOf, valueAt, type Figure, type Line } from './figure.ts';
import { LineChart } from './lineChart.ts';

/** The table twin shows so many rows of a long series. */
const TWIN_ROWS = 60;

/** What a chart is called and what it shares with the others. */
export interface ChartCardOptions {
  /** Names it in the page's state. */
  readonly id: string;
  readonly title: string;
  /** What the vertical axis measures. */
  readonly unit: string;
  readonly cursor: Cursor;
  /** Colour names by domain id; see {@link domainColors}. */
  readonly colors: readonly string[];
  readonly asTable: boolean;
  readonly onToggle: (asTable: boolean) => void;
}

/** A chart with its readout and its twin, a table: both work by keyboard. */
export class ChartCard {
  readonly element: HTMLElement;
  readonly #options: ChartCardOptions;
  readonly #readout = h('ul', { class: 'readout' });
  readonly #at = h('p', { class: 'readout-step' });
  readonly #canvas = h('canvas', { 'aria-hidden': 'true' });
  readonly #spoken = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #plot: HTMLElement;
  readonly #twin: HTMLElement;
  readonly #toggle: HTMLElement;
  #asTable: boolean;
  #figure: Figure | undefined;
  #chart: LineChart | undefined;

  constructor(options: ChartCardOptions) {
    this.#options = options;
    this.#asTable = options.asTable;
    const { id, title, unit, cursor } = options;
    this.#plot = h(
      'div',
      {
        class: 'plot',
        tabindex: 0,
        role: 'group',
        'aria-roledescription': 'chart',
        keydown: (event: KeyboardEvent) => {
          this.#onKey(event);
        },
        pointermove: (event: PointerEvent) => {
          cursor.moveTo(this.#chart?.stepAt(event.offsetX) ?? null);
        },
        pointerleave: () => {
          cursor.moveTo(null);
        },
        blur: () => {
          cursor.moveTo(null);
        },
      },
      this.#canvas,
    );
    this.#twin = h('div', { class: 'twin', tabindex: 0, role: 'region', 'aria-label': title });
    this.#toggle = h('vscode-button', {
      appearance: 'icon',
      class: 'twin-toggle',
      click: () => {
        this.#asTable = !this.#asTable;
        this.#show();
        options.onToggle(this.#asTable);
      },
    });
    this.element = h(
      'section',
      { class: 'card chart', id: `chart-${id}`, 'aria-labelledby': `chart-${id}-title` },
      h(
        'header',
        { class: 'chart-head' },
        h('h3', { id: `chart-${id}-title` }, title),
        h('p', { class: 'unit' }, unit),
        this.#at,
        this.#toggle,
      ),
      this.#readout,
      this.#plot,
      this.#twin,
      this.#spoken,
    );
    cursor.onMove((step) => {
      this.#read(step);
      if (!this.#asTable) this.#chart?.point(step);
    });
    this.#show();
  }

  /** Shows a figure in the given theme. */
  draw(figure: Figure, theme: Theme): void {
    this.#figure = figure;
    this.#chart ??= new LineChart(this.#canvas, figure, theme);
    this.#chart.draw(figure, theme);
    this.#read(this.#options.cursor.step);
    if (this.#asTable) this.#fillTwin(figure);
    this.#plot.setAttribute('aria-label', this.#summary(figure));
  }

  #show(): void {
    this.#plot.hidden = this.#asTable;
    this.#twin.hidden = !this.#asTable;
    const label = this.#asTable ? 'Show as chart' : 'Show as table';
    this.#toggle.setAttribute('aria-label', `${this.#options.title}: ${label.toLowerCase()}`);
    this.#toggle.setAttribute('title', label);
    this.#toggle.replaceChildren(icon(this.#asTable ? 'chart' : 'table'));
    if (this.#asTable && this.#figure) this.#fillTwin(this.#figure);
  }

  /** Writes each line's value at the cursor, or its latest. */
  #read(cursor: number | null): void {
    const figure = this.#figure;
    if (figure === undefined) return;
    const step = cursor ?? figure.lastStep;
    this.#matchReadout(figure.lines);
    for (const [index, line] of figure.lines.entries()) {
      const output = this.#readout.children[index]?.querySelector('output');
      if (output) setText(output, read(line, step, figure));
    }
    setText(this.#at, cursor === null ? 'latest' : `step ${whole(step)}`);
  }

  /** Makes the readout's entries anew when the lines are other ones. */
  #matchReadout(lines: readonly Line[]): void {
    const labels = lines.map(({ label }) => label).join('\n');
    if (this.#readout.dataset['labels'] === labels) return;
    this.#readout.dataset['labels'] = labels;
    this.#readout.replaceChildren(
      ...lines.map(({ label, domain, style }) => {
        const color = domain === null ? 'text' : (this.#options.colors[domain] ?? 'text');
        const swatch = h('span', { class: `swatch swatch-${style} color-${color}` });
        return h('li', {}, swatch, h('span', { class: 'readout-label' }, label), h('output'));
      }),
    );
  }

  #fillTwin(figure: Figure): void {
    const { columns, rows, points } = tableOf(figure, TWIN_ROWS);
    const some = points > rows.length ? `, ${rows.length} of ${whole(points)} points` : '';
    const caption = `${this.#options.title}, newest first${some}`;
    const heads = ['step', ...columns].map((name) => h('th', { scope: 'col' }, name));
    this.#twin.replaceChildren(
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, caption),
        h('thead', {}, h('tr', {}, ...heads)),
        h(
          'tbody',
          {},
          ...rows.map(({ step, cells }) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, whole(step)),
              ...cells.map((cell) => h('td', {}, cell)),
            ),
          ),
        ),
      ),
    );
  }

  #summary(figure: Figure): string {
    const values = figure.lines.map((line) => speak(line, figure.lastStep, figure));
    return `${this.#options.title} up to step ${whole(figure.lastStep)}. ${values.join(', ')}. Arrow keys move along the steps.`;
  }

  #onKey(event: KeyboardEvent): void {
    const figure = this.#figure;
    if (figure === undefined) return;
    const { cursor } = this.#options;
    const now = cursor.step ?? figure.lastStep;
    const page = Math.max(1, Math.round(figure.lastStep / 10));
    const targets: Readonly<Record<string, number | null>> = {
      ArrowLeft: neighbour(figure, now, -1),
      ArrowRight: neighbour(figure, now, 1),
      PageDown: now - page,
      PageUp: now + page,
      Home: 1,
      End: figure.lastStep,
      Escape: null,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const step = target === null ? null : Math.min(Math.max(target, 1), figure.lastStep);
    cursor.moveTo(step);
    if (step === null) return;
    const values = figure.lines.map((line) => speak(line, step, figure));
    setText(this.#spoken, `Step ${whole(step)}: ${values.join(', ')}`);
  }
}

function read(line: Line, step: number, figure: Figure): string {
  const point = pointAt(line.steps, step);
  return point < 0 ? UNKNOWN : valueAt(line, point, figure);
}

function speak(line: Line, step: number, figure: Figure): string {
  return `${line.label} ${read(line, step, figure)}`;
}

/** Finds the recorded step before or after one. */
function neighbour({ lines, lastStep }: Figure, step: number, direction: 1 | -1): number {
  const steps = lines[0]?.steps ?? [];
  const point = pointAt(steps, step);
  const target = direction === 1 ? point + 1 : steps[point] === step ? point - 1 : point;
  return steps[target] ?? (direction === 1 ? lastStep : 1);
}

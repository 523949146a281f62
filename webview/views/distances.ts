import { distanceOf, type RecordedDistance } from '../../src/protocol/distances.ts';
import type { DistanceName, TableRow } from '../../src/protocol/tables.ts';
import { h, setText } from '../dom.ts';
import { significant, whole } from '../format.ts';

/** What a row of the table says. */
interface Row {
  readonly field: DistanceName;
  readonly name: string;
  readonly hint: string;
}

const ROWS = [
  {
    field: 'gap',
    name: 'Gap',
    hint: 'RMS over channels of the difference of means, in standard deviations',
  },
  {
    field: 'logVarianceRatio',
    name: 'Log variance ratio',
    hint: 'RMS over channels of the logarithm of the ratio of variances',
  },
  { field: 'jeffreys', name: 'Jeffreys', hint: 'Kullback-Leibler divergences both ways, nats' },
  { field: 'bhattacharyya', name: 'Bhattacharyya', hint: '−ln of the overlap ∫√(p·q)' },
  { field: 'hellingerSquared', name: 'Hellinger²', hint: '1 − the overlap ∫√(p·q)' },
  {
    field: 'wassersteinSquared',
    name: '2-Wasserstein²',
    hint: 'Cost of moving one distribution onto the other, in units of the average variance',
  },
] as const satisfies readonly Row[];

interface Column {
  readonly name: string;
  readonly hint: string;
  /** Left out where the page is narrowest. */
  readonly mediumOnly?: true;
}

const COLUMNS: readonly Column[] = [
  { name: 'Seen', hint: 'In this one step' },
  {
    name: 'By chance',
    hint: 'What the choice of the images alone gives on average',
    mediumOnly: true,
  },
  { name: '95% floor', hint: 'What chance alone passes in 5 of 100 steps' },
  { name: '99% floor', hint: 'What chance alone passes in 1 of 100 steps' },
  { name: 'Passes', hint: 'The highest floor that is passed' },
];

/** Lists a layer's distances of one step, each beside what chance alone gives. */
export class Distances {
  readonly element: HTMLElement;
  readonly #of = h('span', { class: 'unit' });
  readonly #cells = ROWS.map(() => COLUMNS.map((column) => h('td', { class: classOf(column) })));

  constructor() {
    this.element = h(
      'section',
      { class: 'card distances', 'aria-labelledby': 'distances-title', hidden: true },
      h('div', { class: 'chart-head' }, h('h3', { id: 'distances-title' }, 'Distances'), this.#of),
      h(
        'div',
        { class: 'scroll' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, 'Distance'),
              ...COLUMNS.map((column) =>
                h('th', { scope: 'col', class: classOf(column), title: column.hint }, column.name),
              ),
            ),
          ),
          h(
            'tbody',
            {},
            ...ROWS.map(({ name, hint }, row) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row', title: hint }, name),
                ...(this.#cells[row] ?? []),
              ),
            ),
          ),
        ),
      ),
    );
  }

  /** Shows the latest distances; nothing for a run that has none. */
  update(shown: TableRow<'distances'> | undefined): void {
    this.element.hidden = shown === undefined;
    if (shown === undefined) return;
    const { step, n, m, channels } = shown;
    const images = `${whole(n)} + ${whole(m)} images`;
    setText(this.#of, `step ${whole(step)}, ${images}, mean over ${whole(channels)} channels`);
    for (const [row, { field }] of ROWS.entries()) {
      const texts = rowOf(distanceOf(shown, field));
      for (const [index, text] of texts.entries()) {
        const cell = this.#cells[row]?.[index];
        if (cell) setText(cell, text);
      }
    }
  }
}

function classOf({ mediumOnly }: Column): string {
  return mediumOnly ? 'number medium-only' : 'number';
}

/** Writes a distance in the order of the columns. */
function rowOf(distance: RecordedDistance): string[] {
  const { value, expected, floor95, floor99 } = distance;
  const numbers = [value, expected, floor95, floor99].map(significant);
  return [...numbers, passed(distance)];
}

function passed({ value, floor95, floor99 }: RecordedDistance): string {
  if ([value, floor95, floor99].some(Number.isNaN)) return '';
  return value > floor99 ? '99%' : value > floor95 ? '95%' : 'none';
}

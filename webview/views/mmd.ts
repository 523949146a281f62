import type { TableRow } from '../../src/protocol/tables.ts';
import { h, setText } from '../dom.ts';
import { decimal, significant, whole } from '../format.ts';

/**
 * Shows a layer's latest estimate of MMD: of one batch's images with its p-value, class by class, and
 * over several batches.
 */
export class Mmd {
  readonly element: HTMLElement;
  readonly #how = h('span', { class: 'unit' });
  readonly #rows = h('tbody', {});
  readonly #window = h('p', { class: 'window' });
  #shown: TableRow<'mmd'> | undefined;

  constructor(private readonly classes: readonly string[]) {
    const head = (name: string, hint: string) =>
      h('th', { scope: 'col', class: 'number', title: hint }, name);
    this.element = h(
      'section',
      { class: 'card mmd', 'aria-labelledby': 'mmd-title', hidden: true },
      h('div', { class: 'chart-head' }, h('h3', { id: 'mmd-title' }, 'MMD'), this.#how),
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
              h('th', { scope: 'col' }, 'Images of'),
              head('MMD²', 'How far the activations as a whole are apart; below 0 by chance only'),
              head('p', 'How often images dealt out at random differ as much, or more'),
              head('Images', 'Of the first domain, and of the second'),
            ),
          ),
          this.#rows,
        ),
      ),
      this.#window,
    );
  }

  /** Shows an estimate, and those of its step class by class; nothing for a run that has none. */
  update(
    mmd: TableRow<'mmd'> | undefined,
    window: TableRow<'mmdWindows'> | undefined,
    classes: readonly TableRow<'mmdClasses'>[],
  ): void {
    setText(this.#window, window === undefined ? '' : windowText(window));
    if (mmd === this.#shown) return;
    this.#shown = mmd;
    this.element.hidden = mmd === undefined;
    if (mmd === undefined) return;
    const { step, kernels, permutations } = mmd;
    const facts = [
      `step ${whole(step)}`,
      'unbiased estimate',
      `${whole(kernels)} kernels`,
      ...(permutations > 0 ? [`p by ${whole(permutations)} permutations`] : []),
    ];
    setText(this.#how, facts.join(', '));
    this.#rows.replaceChildren(
      rowOf('all classes', mmd, decimal(mmd.p)),
      ...classes.map((each) => rowOf(this.classes[each.class] ?? '?', each, '')),
    );
  }
}

function windowText(window: TableRow<'mmdWindows'>): string {
  const { step, fromStep, batches, n, m, frequencies, mmd2 } = window;
  const steps = `steps ${whole(fromStep)} to ${whole(step)}`;
  const images = `${whole(n)} + ${whole(m)} images`;
  const what = `${steps}, ${images}, ${whole(frequencies)} random frequencies a kernel`;
  return `Over ${whole(batches)} batches (${what}) MMD² is ${significant(mmd2)}: ${chanceText(window)}.`;
}

function chanceText({ mmd2, floor95, floor99 }: TableRow<'mmdWindows'>): string {
  if (mmd2 > floor99) return `above what chance gives in 99 of 100 cases, ${significant(floor99)}`;
  if (mmd2 > floor95) return `above what chance gives in 95 of 100 cases, ${significant(floor95)}`;
  return `within what chance gives in 95 of 100 cases, ${significant(floor95)}`;
}

function rowOf(
  name: string,
  { mmd2, n, m }: Pick<TableRow<'mmd'>, 'mmd2' | 'n' | 'm'>,
  p: string,
): HTMLElement {
  const cells = [decimal(mmd2), p, `${whole(n)} + ${whole(m)}`];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...cells.map((text) => h('td', { class: 'number' }, text)),
  );
}

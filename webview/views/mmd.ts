import type { TableRow } from '../../src/protocol/tables.ts';
import { h, setText } from '../dom.ts';
import { decimal, whole } from '../format.ts';

/** Shows a layer's latest estimate of MMD: of all images with its p-value, and class by class. */
export class Mmd {
  readonly element: HTMLElement;
  readonly #how = h('span', { class: 'unit' });
  readonly #rows = h('tbody', {});
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
    );
  }

  /** Shows an estimate, and those of its step class by class; nothing for a run that has none. */
  update(mmd: TableRow<'mmd'> | undefined, classes: readonly TableRow<'mmdClasses'>[]): void {
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

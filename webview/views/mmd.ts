import type { MmdEvent } from '../../src/protocol/events.ts';
import { h, setText } from '../dom.ts';
import { decimal, whole } from '../format.ts';

/** What is behind an estimate, in words. */
const RULES = {
  'five-kernels': 'five kernels',
  median: 'one kernel, σ the median distance',
} as const satisfies Record<NonNullable<MmdEvent['bandwidthRule']>, string>;

/** Shows a layer's latest estimate of MMD: of all images with its p-value, and class by class. */
export class Mmd {
  readonly element: HTMLElement;
  readonly #how = h('span', { class: 'unit' });
  readonly #rows = h('tbody', {});
  #shown: MmdEvent | undefined;

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

  /** Shows an estimate; nothing for a run that has none. */
  update(event: MmdEvent | undefined): void {
    if (event === this.#shown) return;
    this.#shown = event;
    this.element.hidden = event === undefined;
    if (event === undefined) return;
    const { step, estimator, bandwidthRule, permutationTest } = event;
    const facts = [
      `step ${whole(step)}`,
      `${estimator} estimate`,
      ...(bandwidthRule ? [RULES[bandwidthRule]] : []),
      ...(permutationTest ? [`p by ${whole(permutationTest.permutations)} permutations`] : []),
    ];
    setText(this.#how, facts.join(', '));
    this.#rows.replaceChildren(
      rowOf('all classes', event, decimal(permutationTest?.p ?? NaN)),
      ...(event.classes ?? []).map((each) => rowOf(this.classes[each.label] ?? '?', each, '')),
    );
  }
}

function rowOf(
  name: string,
  { mmd2, n, m }: Pick<MmdEvent, 'mmd2' | 'n' | 'm'>,
  p: string,
): HTMLElement {
  const cells = [decimal(mmd2 ?? NaN), p, `${whole(n)} + ${whole(m)}`];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...cells.map((text) => h('td', { class: 'number' }, text)),
  );
}

import type { RunDomain, Split } from '../../src/protocol/run.ts';
import { h, svg } from '../dom.ts';
import { percent, significant, UNKNOWN, whole } from '../format.ts';
import type { EventOf, RunModel } from '../model/runModel.ts';

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

/** Says how well the model does: on real test data in a card, on every part in a table. */
export class Results {
  readonly element: HTMLElement;
  /** Colour names by domain id. */
  readonly #colors: readonly string[];
  readonly #cards = h('div', { class: 'result-cards' });
  readonly #body = h('tbody');
  #shown = -1;

  constructor(colors: readonly string[]) {
    this.#colors = colors;
    this.element = h(
      'section',
      { class: 'results', 'aria-labelledby': 'results-title' },
      h('h2', { id: 'results-title' }, 'Results'),
      h(
        'div',
        { class: 'results-grid' },
        this.#cards,
        h(
          'div',
          { class: 'card scroll' },
          h(
            'table',
            { class: 'metrics' },
            h('caption', { class: 'visually-hidden' }, 'Accuracy and loss by domain and part'),
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                ...['Domain', 'Part'].map((name) => h('th', { scope: 'col' }, name)),
                ...['Accuracy', '95% interval'].map((name) =>
                  h('th', { scope: 'col', class: 'number' }, name),
                ),
                ...['Loss', 'Images'].map((name) =>
                  h('th', { scope: 'col', class: 'number medium-only' }, name),
                ),
              ),
            ),
            this.#body,
          ),
        ),
      ),
    );
  }

  update(model: RunModel): void {
    if (model.evals.length === this.#shown) return;
    this.#shown = model.evals.length;
    const { domains, classes } = model.run;
    const cards = domains.flatMap(({ name, labelled, images }, domain) => {
      const test = model.metrics(domain, 'test');
      // Of a domain that trains without labels only its test says that it has some.
      if (images.test === 0 || (!labelled && test === undefined)) return [];
      const element = card(name, test, classes.length, model.bestStep);
      const without = withoutText(model, domain);
      if (without !== null) element.append(h('p', { class: 'result-note' }, without));
      element.classList.add(this.#colorOf(domain));
      return [element];
    });
    this.#cards.replaceChildren(...cards);
    this.#cards.hidden = cards.length === 0;
    this.#body.replaceChildren(
      ...domains.flatMap((domain, id) =>
        SPLITS.flatMap((split) => {
          const metrics = model.metrics(id, split);
          return metrics ? [row(domain, this.#colorOf(id), split, metrics)] : [];
        }),
      ),
    );
    if (this.#body.childElementCount === 0) {
      this.#body.append(
        h('tr', {}, h('td', { colspan: 6, class: 'empty' }, 'No part has been evaluated yet.')),
      );
    }
  }

  #colorOf(domain: number): string {
    return `color-${this.#colors[domain] ?? 'text'}`;
  }
}

function card(
  domain: string,
  test: EventOf<'eval'> | undefined,
  classes: number,
  bestStep: number | null,
): HTMLElement {
  const title = h('h3', {}, `Test accuracy on ${domain}`);
  if (test === undefined) {
    return h(
      'article',
      { class: 'card result-card' },
      title,
      h('p', { class: 'result-value pending' }, UNKNOWN),
      h('p', { class: 'result-note' }, 'Measured once, at the end, on the best checkpoint.'),
    );
  }
  const { accuracy, low, high, n } = test;
  const chosen = bestStep === null ? '' : `, checkpoint of step ${whole(bestStep)}`;
  return h(
    'article',
    { class: 'card result-card' },
    title,
    h('p', { class: 'result-value' }, percent(accuracy)),
    h('p', { class: 'result-interval' }, `95% interval ${percent(low)} – ${percent(high)}`),
    intervalBar(accuracy, low, high, 1 / classes),
    h('p', { class: 'result-note' }, `${whole(n)} held-out images${chosen}`),
  );
}

/** Says what the test gives without the strategy's adaptation; null if it has none. */
function withoutText(model: RunModel, domain: number): string | null {
  const adaptation = model.adaptation(domain);
  const test = model.unadapted(domain, 'test');
  if (adaptation === undefined || test === undefined) return null;
  return `Without ${adaptation.name}: ${percent(test.accuracy)}, ${percent(test.low)} – ${percent(test.high)}`;
}

/** Draws an accuracy with its interval on the scale from 0 to 1, with a tick at chance. */
function intervalBar(accuracy: number, low: number, high: number, chance: number): SVGElement {
  const x = (share: number): number => 4 + share * 232;
  return svg(
    'svg',
    {
      class: 'interval',
      viewBox: '0 0 240 30',
      role: 'img',
      'aria-label': 'Interval from 0 to 100%',
    },
    svg('line', { class: 'interval-axis', x1: x(0), x2: x(1), y1: 8, y2: 8 }),
    svg('line', { class: 'interval-tick', x1: x(chance), x2: x(chance), y1: 4, y2: 12 }),
    svg('text', { x: x(chance), y: 26, 'text-anchor': 'middle' }, 'chance'),
    svg('text', { x: x(1), y: 26, 'text-anchor': 'end' }, '100%'),
    svg('rect', { class: 'interval-range', x: x(low), y: 4, width: x(high) - x(low), height: 8 }),
    svg('circle', { class: 'interval-point', cx: x(accuracy), cy: 8, r: 4 }),
  );
}

function row(
  { name, kind }: RunDomain,
  color: string,
  split: Split,
  { accuracy, low, high, loss, n }: EventOf<'eval'>,
): HTMLElement {
  return h(
    'tr',
    { 'data-domain': name, 'data-split': split },
    h(
      'th',
      { scope: 'row' },
      h('span', { class: `swatch swatch-domain ${color}` }),
      name,
      name === kind ? null : h('span', { class: 'kind' }, kind),
    ),
    h('td', {}, split),
    h('td', { class: 'number' }, percent(accuracy)),
    h('td', { class: 'number' }, `${percent(low)} – ${percent(high)}`),
    h('td', { class: 'number medium-only' }, significant(loss)),
    h('td', { class: 'number medium-only' }, whole(n)),
  );
}

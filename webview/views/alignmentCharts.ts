import type { ChartCard } from '../chart/chartCard.ts';
import { alignmentFigure, discriminatorFigure } from '../chart/runFigures.ts';
import { h } from '../dom.ts';
import type { RunModel } from '../model/runModel.ts';
import type { Theme } from '../theme.ts';

/** Makes a chart card by its id, title and unit. */
type MakeChart = (id: string, title: string, unit: string) => ChartCard;

/** Shows what aligns the domains: a chart of each loss, and one of each discriminator's accuracy. */
export class AlignmentCharts {
  readonly element: HTMLElement;
  readonly #cards: readonly { readonly loss: ChartCard; readonly accuracy: ChartCard | null }[];

  constructor({ run }: RunModel, chart: MakeChart) {
    this.#cards = run.alignments.map(({ name, layer, side, discriminator }, term) => {
      const place = side === 'output' ? layer : `input of ${layer}`;
      const unit = `${place}: ${discriminator ? 'cross-entropy of the discriminator, nats' : 'loss before it is weighed'}`;
      return {
        loss: chart(`alignment-${term}`, name, unit),
        accuracy: discriminator
          ? chart(
              `discriminator-${term}`,
              `${name}: domains told apart`,
              `${place}: share of images, each domain counting equally`,
            )
          : null,
      };
    });
    const elements = this.#cards.flatMap(({ loss, accuracy }) =>
      accuracy === null ? [loss.element] : [loss.element, accuracy.element],
    );
    this.element = h(
      'section',
      { 'aria-labelledby': 'alignment-title' },
      h('h2', { id: 'alignment-title' }, 'Alignment'),
      h('div', { class: 'charts' }, ...elements),
    );
    this.element.hidden = elements.length === 0;
  }

  draw(model: RunModel, theme: Theme): void {
    this.#cards.forEach(({ loss, accuracy }, term) => {
      loss.draw(alignmentFigure(model, term), theme);
      accuracy?.draw(discriminatorFigure(model, term), theme);
    });
  }
}

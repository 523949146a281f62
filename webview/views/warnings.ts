import { h, icon } from '../dom.ts';
import type { RunModel } from '../model/runModel.ts';

/** Lists the faults of a run, and what the trainer and the reader warned of; hidden while there is nothing. */
export class Warnings {
  readonly element: HTMLElement;
  readonly #list = h('ul', { class: 'warnings' });
  #shown = -1;

  constructor() {
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': 'warnings-title' },
      h('h2', { id: 'warnings-title' }, 'Warnings'),
      this.#list,
    );
  }

  update({ warnings }: RunModel): void {
    if (warnings.length === this.#shown) return;
    this.#shown = warnings.length;
    this.element.hidden = warnings.length === 0;
    this.#list.replaceChildren(
      ...warnings.map(({ severity, text, hint }) =>
        h(
          'li',
          { 'data-severity': severity },
          icon(severity),
          h(
            'div',
            {},
            h('p', {}, text),
            ...(hint === null ? [] : [h('p', { class: 'hint' }, hint)]),
          ),
        ),
      ),
    );
  }
}

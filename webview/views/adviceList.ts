import type { Advice } from '../../src/protocol/advice.ts';
import { h } from '../dom.ts';
import type { RunModel } from '../model/runModel.ts';

/** Lists the strategies that are worth trying next, and why; hidden while there are none. */
export class AdviceList {
  readonly element: HTMLElement;
  readonly #list = h('ul', { class: 'advice' });
  #shown: readonly Advice[] | null = null;

  constructor() {
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': 'advice-title' },
      h('h2', { id: 'advice-title' }, 'Worth trying'),
      this.#list,
    );
  }

  update({ advice }: RunModel): void {
    if (advice === this.#shown) return;
    this.#shown = advice;
    this.element.hidden = advice.length === 0;
    this.#list.replaceChildren(
      ...advice.map(({ strategy, reason, source }) =>
        h(
          'li',
          {},
          h('code', {}, strategy),
          h('p', {}, reason, h('span', { class: 'advice-source' }, ` ${source}`)),
        ),
      ),
    );
  }
}

import type { DomainWhatIf, LayerReplacement, Replacement } from '../../src/protocol/whatIf.ts';
import { h, setText } from '../dom.ts';
import { decimal, percent, UNKNOWN, whole } from '../format.ts';
import type { RunModel } from '../model/runModel.ts';
import type { Ask } from './ask.ts';

/** Those of class `medium-only` are left out where the page is narrowest. */
const COLUMNS = [
  { name: 'Accuracy', hint: 'Of the validation images', kind: 'number' },
  { name: '95% interval', hint: 'Of the accuracy', kind: 'number medium-only' },
  { name: 'Gain', hint: 'On the same images', kind: 'number' },
  { name: '95% interval', hint: 'Of the gain, a paired difference', kind: 'number' },
  {
    name: 'Mean skew',
    hint: 'RMS over channels, in trained deviations',
    kind: 'number medium-only',
  },
  {
    name: 'Deviation skew',
    hint: 'RMS over channels of ln(trained deviation / own)',
    kind: 'number medium-only',
  },
] as const;

/** Says what the trained statistics cost on real images, and has it measured. */
export class WhatIf {
  readonly element: HTMLElement;
  readonly #openSource: (site: number) => void;
  readonly #button = h('vscode-button', { appearance: 'secondary' }, 'Measure');
  readonly #progress = h('p', { class: 'legend', role: 'status' });
  readonly #tables = h('div', { class: 'what-if' });
  #shown: RunModel['whatIf'] = null;

  constructor(model: RunModel, ask: Ask, openSource: (site: number) => void) {
    this.#openSource = openSource;
    this.#button.addEventListener('click', () => {
      this.#button.disabled = true;
      setText(this.#progress, 'Measuring…');
      void ask({ type: 'whatIf' }).then(() => {
        this.#button.disabled = false;
        setText(this.#progress, this.#summary(model));
      });
    });
    this.element = h(
      'section',
      { 'aria-labelledby': 'what-if-title' },
      h(
        'div',
        { class: 'section-head' },
        h('h2', { id: 'what-if-title' }, 'What do the trained statistics cost?'),
        this.#button,
        this.#progress,
      ),
      this.#tables,
    );
    setText(this.#progress, this.#summary(model));
  }

  update(model: RunModel): void {
    this.element.hidden = !canMeasure(model);
    if (model.whatIf === this.#shown) return;
    this.#shown = model.whatIf;
    setText(this.#progress, this.#summary(model));
    this.#tables.replaceChildren(...(model.whatIf?.domains ?? []).map((each) => this.#card(each)));
  }

  #summary({ whatIf }: RunModel): string {
    return whatIf === null
      ? 'Classifies real validation images with statistics of real training images, layer by layer; takes seconds, trains nothing.'
      : `Checkpoint of step ${whole(whatIf.step)}, measured in ${whatIf.seconds.toFixed(1)} s.`;
  }

  #card({ domain, images, trained, layers, all }: DomainWhatIf): HTMLElement {
    const { accuracy, low, high, n } = trained;
    return h(
      'div',
      { class: 'card scroll' },
      h(
        'table',
        { 'data-domain': domain },
        h(
          'caption',
          {},
          `${domain}: ${whole(n)} validation images, statistics of ${whole(images)} training images without labels`,
        ),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Replaced'),
            ...COLUMNS.map(({ name, hint, kind }) =>
              h('th', { scope: 'col', class: kind, title: hint }, name),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          row('nothing', [percent(accuracy), interval(low, high)]),
          row('all layers', cells(all)),
          ...layers.map((layer) => this.#layerRow(layer)),
        ),
      ),
    );
  }

  #layerRow(measured: LayerReplacement): HTMLElement {
    const { layer, site, meanSkew, varianceSkew } = measured;
    const open = h(
      'button',
      {
        type: 'button',
        class: 'link',
        title: `Show where ${layer} is constructed`,
        click: () => {
          this.#openSource(site);
        },
      },
      layer,
    );
    const skews = [meanSkew, varianceSkew].map((skew) => decimal(skew ?? NaN));
    return row(open, [...cells(measured), ...skews]);
  }
}

/** Weights that validation chose, and labelled real images to judge by. */
function canMeasure({ run, status, hasSteps }: RunModel): boolean {
  const isJudged = run.domains.some(({ kind, images }) => kind === 'real' && images.validation > 0);
  return hasSteps && isJudged && status.epoch > 0 && !['running', 'paused'].includes(status.state);
}

function row(name: string | HTMLElement, texts: readonly string[]): HTMLElement {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...COLUMNS.map(({ kind }, index) => h('td', { class: kind }, texts[index] ?? '')),
  );
}

function cells({ accuracy, low, high, gain, gainLow, gainHigh }: Replacement): string[] {
  return [
    percent(accuracy),
    interval(low, high),
    signed(gain),
    `${signed(gainLow)} to ${signed(gainHigh)}`,
  ];
}

function interval(low: number, high: number): string {
  return `${percent(low)} – ${percent(high)}`;
}

/** Writes a difference of shares: `+1.0%`, `−0.3%`. */
function signed(share: number): string {
  if (!Number.isFinite(share)) return UNKNOWN;
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
}

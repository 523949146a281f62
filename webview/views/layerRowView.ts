import { h, icon, setText } from '../dom.ts';
import { eValueText } from '../../src/protocol/eValueText.ts';
import { decimal, UNKNOWN, whole } from '../format.ts';
import { placeOf } from '../model/runModel.ts';
import type { LayerRow, Selection, SortColumn } from '../model/layerRows.ts';

/** A column of the table of layers. */
export interface Column {
  readonly sort: SortColumn | null;
  readonly name: string;
  readonly hint: string;
  /** Left out where the page is narrow; the selected layer's facts repeat it. */
  readonly wideOnly: boolean;
}

/** The columns of the table of layers, from left to right. */
export const COLUMNS: readonly Column[] = [
  { sort: 'layer', name: 'Layer', hint: 'In the order of construction', wideOnly: false },
  {
    sort: 'gap',
    name: 'Gap ± SE',
    hint: 'RMS over channels of the difference of means, in standard deviations',
    wideOnly: false,
  },
  { sort: 'gapFloor', name: 'Floor', hint: 'The gap that no difference gives', wideOnly: true },
  {
    sort: 'logVarianceRatio',
    name: 'Log variance ratio',
    hint: 'RMS over channels of the logarithm of the ratio of variances',
    wideOnly: true,
  },
  {
    sort: 'logE',
    name: 'E-value',
    hint: 'Evidence that the domains differ; a flag is raised at the threshold',
    wideOnly: false,
  },
  {
    sort: 'mmd2',
    name: 'MMD²',
    hint: 'Unbiased estimate on pooled activations, which may be negative, and its p by permutations',
    wideOnly: true,
  },
  { sort: null, name: 'Source', hint: 'Where the layer is constructed', wideOnly: true },
];

/** What a row's clicks do. */
export interface LayerRowOptions {
  readonly onSelect: (selection: Selection) => void;
  readonly onOpenSource: (site: number) => void;
}

/** One row, whose cells are written anew while the row stays. */
export class LayerRowView {
  readonly element: HTMLTableRowElement;
  readonly #pair = h('span', { class: 'pair' });
  readonly #tag = h('span', { class: 'tag' });
  readonly #flag = h('span', { class: 'flagged' });
  readonly #cells: readonly HTMLElement[];

  constructor(row: LayerRow, options: LayerRowOptions) {
    const { site, pair, name } = row;
    this.#cells = COLUMNS.slice(1, -1).map((column) => h('td', { class: classOf(column) }));
    const source = h(
      'button',
      {
        type: 'button',
        class: 'link source',
        title: `Go to where ${name} is constructed`,
        click: (event: Event) => {
          event.stopPropagation();
          options.onOpenSource(site);
        },
      },
      icon('source'),
      sourceOf(row),
    );
    this.element = h(
      'tr',
      {
        tabindex: -1,
        'data-layer': name,
        click: () => {
          options.onSelect({ site, pair });
        },
      },
      h(
        'th',
        { scope: 'row' },
        h('span', { class: 'layer-name' }, name),
        this.#pair,
        h('span', { class: 'tags' }, this.#tag, this.#flag),
      ),
      ...this.#cells,
      h('td', { class: 'wide-only' }, source),
    );
  }

  update(row: LayerRow, namesPair: boolean): void {
    setText(this.#pair, namesPair ? row.pairName : '');
    setText(this.#tag, row.record.handling);
    setText(this.#flag, flagText(row));
    this.element.dataset['state'] = row.flag ? `flagged-${row.flag.handling}` : 'quiet';
    for (const [index, text] of layerFacts(row).entries()) {
      const cell = this.#cells[index];
      if (cell) setText(cell, text.value);
    }
  }
}

/** Writes a layer's numbers in the order of the table's columns. */
export function layerFacts(row: LayerRow): { readonly name: string; readonly value: string }[] {
  const gap = Number.isNaN(row.gap) ? UNKNOWN : `${decimal(row.gap)} ± ${decimal(row.gapSe)}`;
  const values = [
    gap,
    decimal(row.gapFloor),
    decimal(row.logVarianceRatio),
    eValueText(row.logE),
    mmdText(row),
  ];
  return values.map((value, index) => ({ name: COLUMNS[index + 1]?.name ?? '', value }));
}

function mmdText({ mmd2, mmdP }: LayerRow): string {
  return Number.isNaN(mmdP) ? decimal(mmd2) : `${decimal(mmd2)}, p ${decimal(mmdP)}`;
}

function sourceOf({ record }: LayerRow): string {
  const [frame] = record.frames;
  return frame ? placeOf(frame) : 'source';
}

/** Names the CSS classes of a column's cells. */
export function classOf({ name, wideOnly }: Column): string {
  return `${name === 'Layer' || name === 'Source' ? '' : 'number'} ${wideOnly ? 'wide-only' : ''}`;
}

function flagText({ flag, cleared }: LayerRow): string {
  if (flag) return `flagged since ${whole(flag.step)}`;
  return cleared ? `cleared at ${whole(cleared.step)}` : '';
}

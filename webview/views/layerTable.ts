import { h } from '../dom.ts';
import {
  BY_EVIDENCE,
  layerRows,
  type LayerRow,
  type Selection,
  type Sort,
  type SortColumn,
} from '../model/layerRows.ts';
import type { RunModel } from '../model/runModel.ts';
import { classOf, COLUMNS, LayerRowView, type LayerRowOptions } from './layerRowView.ts';

export interface LayerTableOptions extends LayerRowOptions {
  /** By default by divergence. */
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort) => void;
}

/** Lists every layer and pair of domains; sorted by divergence unless a reader sorts otherwise. */
export class LayerTable {
  readonly element: HTMLElement;
  readonly #options: LayerTableOptions;
  readonly #body: HTMLElement;
  readonly #heads: ReadonlyMap<SortColumn, HTMLElement>;
  readonly #rows = new Map<string, LayerRowView>();
  #sort: Sort;
  #selected: Selection | undefined;
  #model: RunModel | undefined;

  constructor(options: LayerTableOptions) {
    this.#options = options;
    this.#sort = options.sort ?? BY_EVIDENCE;
    this.#body = h('tbody', {
      keydown: (event: KeyboardEvent) => {
        this.#onKey(event);
      },
    });
    const heads = new Map<SortColumn, HTMLElement>();
    const row = h('tr');
    for (const column of COLUMNS) {
      const head = h('th', { scope: 'col', class: classOf(column), title: column.hint });
      if (column.sort === null) head.append(column.name);
      else {
        const { sort } = column;
        head.append(
          h(
            'button',
            {
              type: 'button',
              class: 'sort',
              click: () => {
                this.#sortBy(sort);
              },
            },
            column.name,
          ),
        );
        heads.set(sort, head);
      }
      row.append(head);
    }
    this.#heads = heads;
    this.element = h(
      'div',
      { class: 'card scroll layers' },
      h(
        'table',
        { role: 'grid', 'aria-label': 'BatchNorm layers' },
        h('thead', {}, row),
        this.#body,
      ),
    );
  }

  /** Shows the newest values; rows do not change places below the reader's pointer or focus. */
  update(model: RunModel): void {
    this.#model = model;
    const rows = layerRows(model, this.#sort);
    for (const row of rows) this.#viewOf(row).update(row, model.run.pairs.length > 1);
    const first = this.#body.childElementCount === 0;
    if (first || !this.#body.matches(':hover, :focus-within')) this.#place(rows);
    this.#markSelected();
  }

  select(selection: Selection): void {
    this.#selected = selection;
    this.#markSelected();
  }

  #viewOf(row: LayerRow): LayerRowView {
    const existing = this.#rows.get(key(row));
    if (existing !== undefined) return existing;
    const view = new LayerRowView(row, this.#options);
    this.#rows.set(key(row), view);
    return view;
  }

  #place(rows: readonly LayerRow[]): void {
    for (const [index, row] of rows.entries()) {
      const { element } = this.#viewOf(row);
      const there = this.#body.children[index];
      if (there !== element) this.#body.insertBefore(element, there ?? null);
    }
    for (const [column, head] of this.#heads) {
      const direction = this.#sort.descending ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', column === this.#sort.column ? direction : 'none');
    }
  }

  #sortBy(column: SortColumn): void {
    const descending = this.#sort.column === column ? !this.#sort.descending : column !== 'layer';
    this.#sort = { column, descending };
    this.#options.onSort(this.#sort);
    if (this.#model) this.#place(layerRows(this.#model, this.#sort));
  }

  #markSelected(): void {
    for (const [name, { element }] of this.#rows) {
      const selected = this.#selected !== undefined && name === key(this.#selected);
      element.setAttribute('aria-selected', String(selected));
      element.tabIndex = selected ? 0 : -1;
    }
  }

  #onKey(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLTableRowElement)) return;
    const rows = [...this.#body.children];
    const at = rows.indexOf(event.target);
    const targets: Readonly<Record<string, number>> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: rows.length - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const row = rows[Math.min(Math.max(target, 0), rows.length - 1)];
      if (row instanceof HTMLElement) row.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      event.target.click();
    }
  }
}

function key({ site, pair }: Selection): string {
  return `${site} ${pair}`;
}

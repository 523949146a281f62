import { ChartCard } from '../chart/chartCard.ts';
import { Cursor } from '../chart/cursor.ts';
import { accuracyFigure, lossFigure } from '../chart/runFigures.ts';
import { h } from '../dom.ts';
import type { Host } from '../host.ts';
import { BY_EVIDENCE, isSort, layerRows, type Selection } from '../model/layerRows.ts';
import type { RunModel } from '../model/runModel.ts';
import { domainColors, readTheme } from '../theme.ts';
import { AdviceList } from './adviceList.ts';
import { AlignmentCharts } from './alignmentCharts.ts';
import type { Ask } from './ask.ts';
import { LayerDetail } from './layerDetail.ts';
import { LayerTable } from './layerTable.ts';
import { Notes } from './notes.ts';
import { Results } from './results.ts';
import { RunHeader } from './runHeader.ts';
import { WhatIf } from './whatIf.ts';
import { Warnings } from './warnings.ts';

/** Shows one run: everything below is drawn from the model, whenever it grew. */
export class RunPage {
  readonly element: HTMLElement;
  readonly #model: RunModel;
  readonly #host: Host;
  readonly #header: RunHeader;
  readonly #results: Results;
  readonly #loss: ChartCard;
  readonly #accuracy: ChartCard;
  readonly #alignment: AlignmentCharts;
  readonly #table: LayerTable;
  readonly #detail: LayerDetail;
  readonly #advice = new AdviceList();
  readonly #whatIf: WhatIf;
  readonly #notes: Notes;
  readonly #warnings = new Warnings();
  readonly #recorded: HTMLElement;
  readonly #empty = h('p', { class: 'card empty' });

  constructor(model: RunModel, host: Host, ask: Ask) {
    this.#model = model;
    this.#host = host;
    const cursor = new Cursor();
    const colors = domainColors(model.run.domains);
    const chart = (id: string, title: string, unit: string): ChartCard =>
      new ChartCard({
        id,
        title,
        unit,
        cursor,
        colors,
        asTable: host.state.tables.includes(id),
        onToggle: (asTable) => {
          const others = host.state.tables.filter((name) => name !== id);
          host.keep({ tables: asTable ? [...others, id] : others });
        },
      });
    const select = (selected: Selection): void => {
      host.keep({ selected });
      this.draw();
    };
    const openSource = (site: number): void => void ask({ type: 'openSite', site });
    const { sort } = host.state;
    this.#header = new RunHeader(model, ask);
    this.#results = new Results(colors);
    this.#loss = chart('loss', 'Loss', 'mean cross-entropy, nats');
    this.#accuracy = chart('accuracy', 'Accuracy', 'share of images classified rightly');
    this.#alignment = new AlignmentCharts(model, chart);
    this.#table = new LayerTable({
      sort: isSort(sort) ? sort : undefined,
      onSort: (chosen) => {
        host.keep({ sort: chosen });
      },
      onSelect: select,
      onOpenSource: openSource,
    });
    this.#detail = new LayerDetail(
      model,
      {
        gap: chart('gap', 'Gap', 'RMS over channels ± SE, in standard deviations'),
        evidence: chart('evidence', 'Evidence', 'e-value against “no relevant difference”'),
        mean: chart('mean', 'Mean', 'batch mean, averaged over channels'),
        variance: chart('variance', 'Variance', 'batch variance, averaged over channels'),
      },
      select,
      openSource,
    );
    this.#whatIf = new WhatIf(model, ask, openSource);
    this.#notes = new Notes(ask);
    this.#recorded = h(
      'div',
      { class: 'recorded' },
      h(
        'section',
        { 'aria-labelledby': 'learning-title' },
        h(
          'div',
          { class: 'section-head' },
          h('h2', { id: 'learning-title' }, 'Learning'),
          h(
            'p',
            { class: 'legend' },
            'Lines are means of a few steps, bands their range; numbers are of one step.',
          ),
        ),
        h('div', { class: 'charts' }, this.#loss.element, this.#accuracy.element),
      ),
      this.#alignment.element,
      h(
        'section',
        { 'aria-labelledby': 'layers-title' },
        h('h2', { id: 'layers-title' }, 'BatchNorm layers'),
        this.#table.element,
      ),
      this.#detail.element,
    );
    this.element = h(
      'div',
      { class: 'run' },
      this.#header.element,
      this.#empty,
      this.#results.element,
      this.#advice.element,
      this.#recorded,
      this.#whatIf.element,
      h('div', { class: 'remarks' }, this.#notes.element, this.#warnings.element),
    );
  }

  /** Brings everything up to date with the model and the editor's theme. */
  draw(): void {
    const model = this.#model;
    this.#header.update(model);
    this.#advice.update(model);
    this.#whatIf.update(model);
    this.#notes.update(model);
    this.#warnings.update(model);
    const { hasSteps } = model;
    this.#recorded.hidden = !hasSteps;
    this.#results.element.hidden = !hasSteps;
    this.#empty.hidden = hasSteps;
    if (!hasSteps) {
      const { state } = model.status;
      const coming = state === 'starting' || state === 'running' || state === 'paused';
      this.#empty.textContent = coming
        ? 'Waiting for the first step…'
        : 'This run ended before its first step; nothing was recorded.';
      return;
    }
    const theme = readTheme(model.run.domains);
    this.#results.update(model);
    this.#loss.draw(lossFigure(model), theme);
    this.#accuracy.draw(accuracyFigure(model), theme);
    this.#alignment.draw(model, theme);
    const selection = this.#selection();
    if (selection === undefined) return;
    this.#table.select(selection);
    this.#table.update(model);
    this.#detail.update(model, selection, theme);
  }

  /** What the reader selected, else the layer that differs most. */
  #selection(): Selection | undefined {
    const { selected } = this.#host.state;
    const { sites, pairs } = this.#model.run;
    if (selected && selected.site < sites.length && selected.pair < pairs.length) return selected;
    return layerRows(this.#model, BY_EVIDENCE)[0];
  }
}

import type { ChartCard } from '../chart/chartCard.ts';
import { evidenceFigure, gapFigure, momentFigure } from '../chart/runFigures.ts';
import { h, setText } from '../dom.ts';
import { significant, whole } from '../format.ts';
import { layerRow, type LayerRow, type Selection } from '../model/layerRows.ts';
import type { EventOf, RunModel } from '../model/runModel.ts';
import type { Theme } from '../theme.ts';
import { Distances } from './distances.ts';
import { layerFacts } from './layerRowView.ts';
import { Mmd } from './mmd.ts';

/** More channels than this are only counted. */
const MOST_CHANNELS = 8;

/** The four charts of a layer. */
export interface LayerCharts {
  readonly gap: ChartCard;
  readonly evidence: ChartCard;
  readonly mean: ChartCard;
  readonly variance: ChartCard;
}

/** Shows one layer and pair of domains over the steps, and says in a sentence what to make of it. */
export class LayerDetail {
  readonly element: HTMLElement;
  readonly #charts: LayerCharts;
  readonly #title = h('h2', { id: 'layer-title' });
  readonly #verdict = h('p', { class: 'verdict' });
  readonly #scale = h('p', { class: 'scale' });
  readonly #facts = h('dl', { class: 'facts narrow-only' });
  readonly #distances = new Distances();
  readonly #mmd: Mmd;
  readonly #choice = h('vscode-dropdown', { 'aria-label': 'Layer' });

  constructor(
    model: RunModel,
    charts: LayerCharts,
    onSelect: (selection: Selection) => void,
    onOpenSource: (site: number) => void,
  ) {
    this.#charts = charts;
    this.#mmd = new Mmd(model.run.classes);
    const { sites, pairs } = model.run;
    for (const site of sites.keys()) {
      const name = model.siteName(site);
      for (const pair of pairs.keys()) {
        const text = pairs.length > 1 ? `${name}, ${model.pairName(pair)}` : name;
        this.#choice.append(h('vscode-option', { value: `${site} ${pair}` }, text));
      }
    }
    this.#choice.addEventListener('change', () => {
      const [site = 0, pair = 0] = this.#choice.value.split(' ').map(Number);
      onSelect({ site, pair });
    });
    const source = h('vscode-button', { appearance: 'secondary' }, 'Go to source');
    source.addEventListener('click', () => {
      onOpenSource(Number(this.#choice.value.split(' ')[0]));
    });
    const { gap, evidence, mean, variance } = charts;
    this.element = h(
      'section',
      { class: 'layer', 'aria-labelledby': 'layer-title' },
      h('div', { class: 'section-head' }, this.#title, this.#choice, source),
      this.#verdict,
      this.#scale,
      this.#facts,
      h('div', { class: 'charts' }, ...[gap, evidence, mean, variance].map((card) => card.element)),
      this.#distances.element,
      this.#mmd.element,
    );
  }

  update(model: RunModel, selection: Selection, theme: Theme): void {
    const { site, pair } = selection;
    const row = layerRow(model, selection);
    setText(this.#title, row.name);
    setText(this.#verdict, verdictOf(row));
    this.#verdict.dataset['state'] = row.flag ? `flagged-${row.flag.handling}` : 'quiet';
    setText(this.#scale, scaleOf(model.epoch, site));
    this.#facts.replaceChildren(
      ...layerFacts(row).map(({ name, value }) =>
        h('div', {}, h('dt', {}, name), h('dd', {}, value)),
      ),
    );
    const choice = `${site} ${pair}`;
    if (this.#choice.value !== choice) this.#choice.value = choice;
    this.#distances.update(model.distances(site, pair));
    this.#mmd.update(
      model.mmd(site, pair),
      model.mmdWindow(site, pair),
      model.mmdClasses(site, pair),
    );
    this.#charts.gap.draw(gapFigure(model, site, pair), theme);
    this.#charts.evidence.draw(evidenceFigure(model, site, pair), theme);
    this.#charts.mean.draw(momentFigure(model, site, 'mean'), theme);
    this.#charts.variance.draw(momentFigure(model, site, 'variance'), theme);
  }
}

/** Says what a layer can undo of weights that are kept small; nothing before the first epoch's end. */
function scaleOf(epoch: EventOf<'epoch'> | null, site: number): string {
  const scale = epoch?.scales?.[site];
  if (epoch === null || scale == null) return '';
  return `At test it multiplies a difference by up to ${significant(scale)} (|γ|/√(σ² + ε) of its largest channel, step ${whole(epoch.step)}).`;
}

function verdictOf({ record, pairName, flag, cleared }: LayerRow): string {
  if (cleared !== undefined) {
    const [from, to] = [whole(cleared.raisedAt), whole(cleared.step)];
    return `${pairName} differed here at step ${from}; since step ${to} they differ by no more than the tolerance.`;
  }
  if (flag === undefined) {
    return `No proof so far that ${pairName} differ here by more than the tolerance.`;
  }
  const meaning =
    record.handling === 'mixed'
      ? `One set of statistics serves ${pairName}, although their activations differ here.`
      : `The activations of ${pairName} differ here; each domain is normalized with its own statistics.`;
  return [meaning, ...onsetOf(flag), ...channelsOf(flag)].join(' ');
}

function onsetOf({ onset }: EventOf<'flag'>): string[] {
  if (onset === undefined) return [];
  return [onset === 1 ? 'They did so from the start.' : `It began about step ${whole(onset)}.`];
}

function channelsOf({ channels = [] }: EventOf<'flag'>): string[] {
  if (channels.length === 0) return [];
  const named = channels.slice(0, MOST_CHANNELS).join(', ');
  const others = channels.length - MOST_CHANNELS;
  const more = others > 0 ? ` and ${whole(others)} more` : '';
  return [`By their own evidence: channel${channels.length > 1 ? 's' : ''} ${named}${more}.`];
}

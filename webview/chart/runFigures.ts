import { eValueText } from '../../src/protocol/eValueText.ts';
import { phasesOf } from '../../src/protocol/phases.ts';
import { decimal, percent, powerOfTen, significant, tick, whole } from '../format.ts';
import type { PairSeries, RunModel } from '../model/runModel.ts';
import type { Trace } from '../model/series.ts';
import type { Figure, Line, Mark } from './figure.ts';

/** Draws each labelled domain's training loss, and its loss on validation data. */
export function lossFigure(model: RunModel): Figure {
  return { ...learning(model, 'loss'), format: significant, formatTick: tick, range: { min: 0 } };
}

/** Draws each labelled domain's training accuracy, and its accuracy on validation data. */
export function accuracyFigure(model: RunModel): Figure {
  return {
    ...learning(model, 'accuracy'),
    format: percent,
    formatTick: wholePercent,
    range: { min: 0, max: 1 },
  };
}

/** Draws each domain's batch mean or variance at a site, averaged over channels. */
export function momentFigure(model: RunModel, site: number, moment: 'mean' | 'variance'): Figure {
  const lines = model.run.domains.map(({ name }, domain): Line => {
    const series = model.site(site, domain);
    return lineOf(name, domain, series.steps, series.trace(moment));
  });
  return {
    lines,
    marks: phaseMarks(model),
    lastStep: model.status.step,
    format: significant,
    formatTick: tick,
  };
}

/** Draws a pair's gap at a site with its standard error over the gap that no difference gives. */
export function gapFigure(model: RunModel, site: number, pair: number): Figure {
  const series = model.pair(site, pair);
  const { steps } = series;
  const gap = series.trace('gap').last;
  const error = series.trace('gapSe').last;
  const band = {
    low: gap.map((value, point) => Math.max(0, value - error[point]!)),
    high: gap.map((value, point) => value + error[point]!),
    meaning: 'error' as const,
  };
  const floor = series.trace('gapFloor').last;
  return {
    lines: [
      { label: 'gap', domain: null, steps, values: gap, band, style: 'line' },
      { label: 'null floor', domain: null, steps, values: floor, style: 'floor' },
      ...controlLines(model, site, pair, (control) => control.trace('gap').last),
    ],
    marks: [...phaseMarks(model), ...flagMarks(model, site, pair)],
    lastStep: model.status.step,
    format: decimal,
    formatTick: tick,
    range: { min: 0 },
  };
}

/** Draws a pair's e-value at a site, in powers of ten, against the threshold that raises the flag. */
export function evidenceFigure(model: RunModel, site: number, pair: number): Figure {
  const series = model.pair(site, pair);
  const threshold = model.logThreshold / Math.LN10;
  const values = powersOfTen(series);
  return {
    lines: [
      { label: 'e-value', domain: null, steps: series.steps, values, style: 'line' },
      ...controlLines(model, site, pair, (control) => powersOfTen(control)),
    ],
    threshold: { value: threshold, label: `flag at ${eValueText(model.logThreshold)}` },
    marks: [...phaseMarks(model), ...flagMarks(model, site, pair)],
    lastStep: model.status.step,
    format: (exponent) => eValueText(exponent * Math.LN10),
    formatTick: (exponent) => (Number.isInteger(exponent) ? powerOfTen(exponent) : ''),
    range: {
      min: values.reduce((least, value) => Math.min(least, value), -1),
      max: values.reduce((most, value) => Math.max(most, value), threshold) * 1.15,
    },
  };
}

/** Draws the loss by which a term aligns the domains, as it is before it is weighed. */
export function alignmentFigure(model: RunModel, term: number): Figure {
  const series = model.alignment(term);
  return {
    lines: [lineOf('loss', null, series.steps, series.trace('loss'))],
    marks: phaseMarks(model),
    lastStep: model.status.step,
    format: significant,
    formatTick: tick,
  };
}

/** Draws how well a term's discriminator tells the domains apart, against a guess. */
export function discriminatorFigure(model: RunModel, term: number): Figure {
  const series = model.alignment(term);
  return {
    lines: [lineOf('domain accuracy', null, series.steps, series.trace('accuracy'))],
    threshold: { value: 1 / model.run.domains.length, label: 'a guess' },
    marks: phaseMarks(model),
    lastStep: model.status.step,
    format: percent,
    formatTick: wholePercent,
    range: { min: 0, max: 1 },
  };
}

function learning(
  model: RunModel,
  measure: 'loss' | 'accuracy',
): Pick<Figure, 'lines' | 'marks' | 'lastStep'> {
  const { domains } = model.run;
  const training = domains.flatMap(({ name, labelled }, domain) => {
    if (!labelled) return [];
    const series = model.steps(domain);
    return [lineOf(name, domain, series.steps, series.trace(measure))];
  });
  // What trains without labels may be measured with them.
  const validation = domains.flatMap(({ name }, domain): Line[] => {
    const evals = model.evals.filter(
      (event) => event.domain === domain && event.split === 'validation' && !event.final,
    );
    if (evals.length === 0) return [];
    return [
      {
        label: `${name}, validation`,
        domain,
        steps: evals.map(({ step }) => step),
        values: evals.map((event) => event[measure]),
        style: 'points',
      },
    ];
  });
  return {
    lines: [...training, ...validation],
    marks: phaseMarks(model),
    lastStep: model.status.step,
  };
}

function wholePercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function lineOf(label: string, domain: number | null, steps: Int32Array, trace: Trace): Line {
  const band = { low: trace.min, high: trace.max, meaning: 'range' as const };
  return { label, domain, steps, values: trace.last, band, style: 'line' };
}

function powersOfTen(series: PairSeries): Float64Array {
  return series.trace('logE').last.map((logE) => logE / Math.LN10);
}

/** Draws what two halves of each real domain of the pair show, where nothing differs. */
function controlLines(
  model: RunModel,
  site: number,
  pair: number,
  valuesOf: (control: PairSeries) => ArrayLike<number>,
): Line[] {
  const { pairs, controls, domains } = model.run;
  const { a, b } = pairs[pair] ?? { a: -1, b: -1 };
  return controls
    .filter(({ domain }) => domain === a || domain === b)
    .map(({ domain }): Line => {
      const series = model.control(site, domain);
      const label = `control: ${domains[domain]?.name ?? ''} halved`;
      return { label, domain, steps: series.steps, values: valuesOf(series), style: 'control' };
    });
}

/** Where phases begin that are under way or over; nothing of a run of a single phase. */
function phaseMarks({ run, status }: RunModel): Mark[] {
  return phasesOf(run)
    .slice(1)
    .filter(({ firstStep }) => firstStep <= status.step)
    .map(({ name, firstStep }) => ({ step: firstStep, label: name, kind: 'phase' }));
}

function flagMarks(model: RunModel, site: number, pair: number): Mark[] {
  const raised = model.flags(site, pair).map(({ step }) => ({ step, what: 'flagged' }));
  const cleared = model.cleared(site, pair).map(({ step }) => ({ step, what: 'cleared' }));
  return [...raised, ...cleared].map(({ step, what }) => ({
    step,
    label: `${what} at ${whole(step)}`,
    kind: 'flag',
  }));
}

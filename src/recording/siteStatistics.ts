import type { FaultState, FaultWatch } from '../faults/faultWatch.ts';
import type { DomainView } from '../faults/stepView.ts';
import { distanceColumns } from '../protocol/distances.ts';
import type { RunEventBody } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import type { TableName, TableRow } from '../protocol/tables.ts';
import { pairDivergence, type DivergenceMemory, type PairDivergence } from '../stats/divergence.ts';
import { FlagRule, type FlagRuleSnapshot, type Verdict } from '../stats/flagRule.ts';
import { imageMeans } from '../stats/imageMeans.ts';
import { layerDivergences } from '../stats/layerDivergences.ts';
import type { DomainMoments } from '../stats/moments.ts';
import { runningSkew } from '../stats/skew.ts';
import { ImageRange } from './imageRange.ts';
import type { MmdRequest, MmdSample } from './mmdThread.ts';
import type { StatisticsKernel } from './statisticsKernel.ts';
import type { BatchLayout, SitePass } from './stepMemory.ts';

/** Where statistics are written; a run's writer is one. */
export interface StatisticsSink {
  append<T extends TableName>(table: T, row: TableRow<T>): void;
  event(body: RunEventBody): void;
}

/** Where MMD is estimated; the answers do not come back here. */
export interface MmdSink {
  estimate(request: MmdRequest): void;
}

/** What a checkpoint keeps of the statistics: one rule per site x pair or control, site first. */
export interface StatisticsState {
  readonly pairs: readonly FlagRuleSnapshot[];
  readonly controls: readonly FlagRuleSnapshot[];
  /** Absent in checkpoints of the first versions. */
  readonly faults?: FaultState;
}

/**
 * Halves of real data are compared in one of so many steps: in each, it would take another two
 * thirds of all the rest, and the rule holds for whatever steps it is shown.
 */
const STEPS_PER_CONTROL = 4;

type Facts = Pick<RunFile, 'sites' | 'pairs' | 'controls' | 'domains' | 'flags' | 'record'>;

/**
 * The images of a site's batches that are looked at together; null where a domain has none, and in a
 * probe where the step's training batch tells the same.
 */
interface SiteRanges {
  /** Of each segment. */
  readonly segments: readonly ImageRange[];
  /** Of each pair: all images of both domains, and equally many. */
  readonly pairs: readonly ({
    readonly all: ComparedRanges;
    readonly equal: ComparedRanges;
  } | null)[];
  /** Of each control. */
  readonly halves: readonly (ComparedRanges | null)[];
  readonly divergence: DivergenceMemory;
}

/** A layout and, of each site, the ranges of its batches. */
interface MeasuredLayout extends BatchLayout {
  readonly ranges: readonly SiteRanges[];
}

type ComparedRanges = readonly [ImageRange, ImageRange];

/**
 * Turns what the BatchNorm layers saw in each training step and probe into the rows of the run's
 * tables, divergences and flags, asks for estimates of MMD, and holds real data against itself.
 */
export class SiteStatistics {
  readonly #pairRules: readonly FlagRule[];
  readonly #controlRules: readonly FlagRule[];
  readonly #layouts: readonly MeasuredLayout[];

  /** `layouts` are those of the batches; `state` is where an earlier attempt broke off. */
  constructor(
    private readonly run: Facts,
    layouts: readonly BatchLayout[],
    private readonly sink: StatisticsSink,
    private readonly mmd: MmdSink,
    private readonly faults: FaultWatch,
    kernel: StatisticsKernel,
    state: StatisticsState | null,
  ) {
    this.#pairRules = this.#rules(
      run.pairs.map(({ a, b }) => [this.#trainImages(a), this.#trainImages(b)]),
      state?.pairs,
    );
    this.#controlRules = this.#rules(
      this.run.controls.map(({ halves }) => halves),
      state?.controls,
    );
    this.#layouts = layouts.map((layout) => ({
      ...layout,
      ranges: siteRanges(run, layout, kernel),
    }));
  }

  get state(): StatisticsState {
    return {
      pairs: this.#pairRules.map((rule) => rule.snapshot()),
      controls: this.#controlRules.map((rule) => rule.snapshot()),
      faults: this.faults.state,
    };
  }

  /** Makes the rules of all sites for comparisons of so many distinct images; one family at α. */
  #rules(
    comparisons: readonly (readonly [number, number])[],
    state: readonly FlagRuleSnapshot[] | undefined,
  ): FlagRule[] {
    const { sites, flags } = this.run;
    const level = flags.alpha / (sites.length * comparisons.length);
    return sites.flatMap(({ channels }, site) =>
      comparisons.map((distinctImages, comparison) => {
        const options = { ...flags, channels, level, distinctImages };
        const snapshot = state?.[site * comparisons.length + comparison];
        return snapshot === undefined ? new FlagRule(options) : FlagRule.restore(options, snapshot);
      }),
    );
  }

  /** Tells whether the activations of a step are compared by MMD. */
  estimatesMmd(step: number): boolean {
    return step % this.run.record.mmdEvery === 0;
  }

  /**
   * Writes a step's rows, has MMD estimated when it is time and raises the step's flags; `layout` is
   * its batch's, `labels` are those of each segment's images, null without.
   */
  record(
    step: number,
    layout: number,
    passes: readonly SitePass[],
    labels: readonly (Int32Array | null)[],
  ): void {
    const own = this.#layouts[layout]!;
    for (const pass of passes) {
      this.#writeSite(step, own, pass);
      if (this.estimatesMmd(step)) this.#askForMmd(step, own, pass, labels);
    }
  }

  #writeSite(
    step: number,
    { segments, trained, ranges: ofSites }: MeasuredLayout,
    { site, sums, running, gradientNorms }: SitePass,
  ): void {
    const ranges = ofSites[site]!;
    const moments = new Map(ranges.segments.map((range) => [range, range.moments(sums)]));
    const compare = ([a, b]: ComparedRanges): PairDivergence =>
      pairDivergence(
        moments.get(a) ?? a.moments(sums),
        moments.get(b) ?? b.moments(sums),
        ranges.divergence,
      );
    const writesChannels = step % this.run.record.channelsEvery === 0;
    const seen: DomainView[] = [];
    segments.forEach(({ domain }, segment) => {
      if (trained?.includes(domain)) return;
      const own = moments.get(ranges.segments[segment]!)!;
      const used = running[segment]!;
      // A probe has no backward pass.
      const gradientNorm = trained === null ? gradientNorms[segment]! : NaN;
      const skew = runningSkew(own, used);
      seen.push({ domain, moments: own, running: used, gradientNorm });
      this.sink.append('sites', {
        step,
        site,
        domain,
        mean: average(own.mean),
        variance: average(own.variance),
        meanSkew: skew.mean,
        varianceSkew: skew.variance,
        gradientNorm,
      });
      if (writesChannels) this.#writeChannels(step, site, domain, own);
    });
    if (trained === null) this.faults.seeSite(site, seen);
    ranges.pairs.forEach((compared, pair) => {
      if (compared === null) return;
      const { all, equal } = compared;
      if (writesChannels) {
        const [ofA, ofB] = [moments.get(all[0])!, moments.get(all[1])!];
        const divergences = layerDivergences(ofA, ofB, ofA, ofB, ranges.divergence);
        const { channels, n, m } = divergences;
        const values = { channels, n, m, ...distanceColumns(divergences) };
        this.sink.append('distances', { step, site, pair, ...values });
      }
      this.#writePair(step, site, pair, compare(equal), equal[0].images);
    });
    if (step % STEPS_PER_CONTROL > 0) return;
    ranges.halves.forEach((halves, control) => {
      if (halves === null) return;
      this.#writeControl(step, site, control, compare(halves), halves[0].images);
    });
  }

  #writeChannels(step: number, site: number, domain: number, own: DomainMoments): void {
    for (let channel = 0; channel < own.channels; channel++) {
      this.sink.append('channels', {
        step,
        site,
        domain,
        channel,
        mean: own.mean[channel]!,
        variance: own.variance[channel]!,
        meanSe: own.meanSe[channel]!,
        logVarianceSe: own.logVarianceSe[channel]!,
      });
    }
  }

  #writePair(
    step: number,
    site: number,
    pair: number,
    divergence: PairDivergence,
    images: number,
  ): void {
    const rule = this.#pairRules[site * this.run.pairs.length + pair]!;
    const verdict = rule.update(step, divergence, [images, images]);
    this.sink.append('pairs', { step, site, pair, ...pairValues(divergence, verdict) });
    if (step % this.run.record.channelsEvery === 0) {
      this.#writeChannelPairs(step, site, pair, divergence, rule);
    }
    const { raised, cleared } = verdict;
    const { logThreshold } = rule;
    if (raised !== undefined) {
      const { handling } = this.run.sites[site]!;
      const { gap, gapFloor } = divergence;
      const { logE } = verdict;
      const shown = { logE, logThreshold, gap, gapFloor };
      this.sink.event({ type: 'flag', step, site, pair, handling, ...shown, ...raised });
    }
    if (cleared !== undefined) {
      this.sink.event({ type: 'cleared', step, site, pair, ...cleared, logThreshold });
    }
  }

  #writeChannelPairs(
    step: number,
    site: number,
    pair: number,
    { gaps, meanZ, logVarianceZ }: PairDivergence,
    rule: FlagRule,
  ): void {
    rule.channelLogE().forEach((logE, channel) => {
      this.sink.append('channelPairs', {
        step,
        site,
        pair,
        channel,
        gap: gaps[channel]!,
        meanZ: meanZ[channel]!,
        logVarianceZ: logVarianceZ[channel]!,
        logE,
      });
    });
  }

  #writeControl(
    step: number,
    site: number,
    control: number,
    divergence: PairDivergence,
    images: number,
  ): void {
    const rule = this.#controlRules[site * this.run.controls.length + control]!;
    const verdict = rule.update(step, divergence, [images, images]);
    const { domain } = this.run.controls[control]!;
    this.sink.append('controls', { step, site, domain, ...pairValues(divergence, verdict) });
    const [where, who] = [this.run.sites[site]!.name, this.run.domains[domain]!.name];
    const halves = `two random halves of the training images of "${who}"`;
    if (verdict.raised !== undefined) {
      this.sink.event({
        type: 'warning',
        code: 'control-flag',
        message: `${where} tells ${halves} apart, as chance does in ${100 * this.run.flags.alpha}% of runs at most: mistrust the other flags of this run.`,
        step,
      });
    }
    if (verdict.cleared !== undefined) {
      const message = `${where} tells ${halves} apart no more.`;
      this.sink.event({ type: 'warning', code: 'control-cleared', message, step });
    }
  }

  /** MMD² looks at activations pooled over space, which are the images' means. */
  #askForMmd(
    step: number,
    { segments, ranges }: MeasuredLayout,
    { site, sums }: SitePass,
    labels: readonly (Int32Array | null)[],
  ): void {
    const means = imageMeans(sums);
    const dimensions = sums.channels;
    // Copies, for what is asked leaves this thread and the memory serves other steps.
    const samples = new Map<number, () => MmdSample>();
    let first = 0;
    segments.forEach(({ domain, images: count }, segment) => {
      const [from, to] = [first * dimensions, (first + count) * dimensions];
      samples.set(domain, () => {
        const values = means.slice(from, to);
        const ownLabels = labels[segment]?.slice() ?? null;
        const distinct = this.#trainImages(domain);
        return { values, count, dimensions, labels: ownLabels, distinct };
      });
      first += count;
    });
    this.run.pairs.forEach(({ a, b }, pair) => {
      if (ranges[site]!.pairs[pair] === null) return;
      const [ofA, ofB] = [samples.get(a)?.(), samples.get(b)?.()];
      if (ofA === undefined || ofB === undefined) return;
      this.mmd.estimate({ step, site, pair, a: ofA, b: ofB });
    });
  }

  #trainImages(domain: number): number {
    const { images, effectiveImages = images.train } = this.run.domains[domain]!;
    return effectiveImages;
  }
}

/** Lays out the ranges of all sites, which are looked at one after the other. */
function siteRanges(
  { sites, pairs, controls }: Facts,
  { segments, trained }: BatchLayout,
  kernel: StatisticsKernel,
): SiteRanges[] {
  const isTrained = (domain: number) => trained?.includes(domain) ?? false;
  const mostChannels = Math.max(...sites.map(({ channels }) => channels));
  const influences = segments.map(({ images }) => kernel.allocate(2 * images * mostChannels));
  const ofMiddle = kernel.allocate(Math.max(...influences.map(({ length }) => length)));
  return sites.map(({ channels }) => {
    let first = 0;
    const wholes = segments.map(({ images }, segment) => {
      const whole = new ImageRange(kernel, first, images, channels, influences[segment]!);
      first += images;
      return whole;
    });
    const wholeOf = (domain: number) => wholes[segments.findIndex((own) => own.domain === domain)];
    return {
      segments: wholes,
      pairs: pairs.map(({ a, b }) => {
        const [ofA, ofB] = [wholeOf(a), wholeOf(b)];
        if (ofA === undefined || ofB === undefined || (isTrained(a) && isTrained(b))) return null;
        // The flag rule holds for equally many images of each domain only.
        const images = Math.min(ofA.images, ofB.images);
        const equal = (own: ImageRange): ImageRange =>
          own.images === images ? own : own.middle(images, ofMiddle);
        return { all: [ofA, ofB], equal: [equal(ofA), equal(ofB)] };
      }),
      halves: controls.map(({ domain }) =>
        isTrained(domain) ? null : (wholeOf(domain)?.halves() ?? null),
      ),
      divergence: kernel.divergence(channels),
    };
  });
}

function pairValues(divergence: PairDivergence, { logE }: Verdict) {
  const { gap, gapSe, gapFloor } = divergence;
  const { logVarianceRatio, logVarianceRatioSe, logVarianceRatioFloor } = divergence;
  const ofVariances = { logVarianceRatio, logVarianceRatioSe, logVarianceRatioFloor };
  return { gap, gapSe, gapFloor, ...ofVariances, logE };
}

function average(values: Float64Array): number {
  let sum = 0;
  const { length } = values;
  // An iterator over shared memory allocates each number.
  for (let i = 0; i < length; i++) sum += values[i]!;
  return sum / length;
}

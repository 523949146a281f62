import type { RunEventBody } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import type { TableName, TableRow } from '../protocol/tables.ts';
import { pairDivergence, type PairDivergence } from '../stats/divergence.ts';
import { EProcess, logThreshold, type EProcessSnapshot } from '../stats/eProcess.ts';
import { layerDivergences } from '../stats/layerDivergences.ts';
import { domainMoments, type DomainMoments } from '../stats/moments.ts';
import { imageMeans } from '../stats/imageMeans.ts';
import { runningSkew } from '../stats/skew.ts';
import type { MmdRequest, MmdSample } from './mmdThread.ts';
import type { SitePass, StepShape } from './stepMemory.ts';

/** Where statistics are written; a run's writer is one. */
export interface StatisticsSink {
  append<T extends TableName>(table: T, row: TableRow<T>): void;
  event(body: RunEventBody): void;
}

/** Where MMD is estimated; the answers do not come back here. */
export interface MmdSink {
  estimate(request: MmdRequest): void;
}

/** What a checkpoint keeps of the statistics: one e-process per site x pair, site first. */
export interface StatisticsState {
  readonly eProcesses: readonly EProcessSnapshot[];
  /** Step at which each was flagged; null for those that were not. */
  readonly flaggedAt: readonly (number | null)[];
}

type Facts = Pick<RunFile, 'sites' | 'pairs' | 'domains' | 'flags' | 'record'>;

/** A segment's place in a batch, and its moments. */
interface SegmentMoments {
  readonly first: number;
  readonly own: DomainMoments;
}

/**
 * Turns what the BatchNorm layers saw in each training step into the rows of the run's tables,
 * divergences and flags, and asks for estimates of MMD.
 */
export class SiteStatistics {
  readonly #eProcesses: EProcess[];
  readonly #flaggedAt: (number | null)[];
  readonly #logThreshold: number;
  /** For the influences of each segment's images, at whichever site is looked at. */
  readonly #influences: readonly Float64Array[];

  /** `segments` are those of every batch; `state` is where an earlier attempt broke off. */
  constructor(
    private readonly run: Facts,
    private readonly segments: StepShape['segments'],
    private readonly sink: StatisticsSink,
    private readonly mmd: MmdSink,
    state: StatisticsState | null,
  ) {
    const { tolerance, alpha } = run.flags;
    const count = run.sites.length * run.pairs.length;
    this.#logThreshold = logThreshold(count, alpha);
    const tests = run.sites.flatMap(({ channels }) =>
      run.pairs.map(({ a, b }) => ({
        channels,
        tolerance,
        level: alpha / count,
        distinctImages: [this.#trainImages(a), this.#trainImages(b)] as const,
      })),
    );
    this.#eProcesses = tests.map((options, index) => {
      const snapshot = state?.eProcesses[index];
      return snapshot === undefined ? new EProcess(options) : EProcess.restore(options, snapshot);
    });
    this.#flaggedAt = state?.flaggedAt.slice() ?? tests.map(() => null);
    const channels = Math.max(...run.sites.map((site) => site.channels));
    this.#influences = segments.map(({ images }) => new Float64Array(2 * images * channels));
  }

  get state(): StatisticsState {
    return {
      eProcesses: this.#eProcesses.map((process) => process.snapshot()),
      flaggedAt: this.#flaggedAt.slice(),
    };
  }

  /** Tells whether the activations of a step are compared by MMD. */
  estimatesMmd(step: number): boolean {
    return step % this.run.record.mmdEvery === 0;
  }

  /**
   * Writes a step's rows, has MMD estimated when it is time and raises the step's flags; `labels`
   * are those of each segment's images, null without.
   */
  record(step: number, passes: readonly SitePass[], labels: readonly (Int32Array | null)[]): void {
    for (const pass of passes) {
      this.#writeSite(step, pass);
      if (this.estimatesMmd(step)) this.#askForMmd(step, pass, labels);
    }
  }

  #writeSite(step: number, { site, sums, running, gradientNorms }: SitePass): void {
    const moments = new Map<number, SegmentMoments>();
    let first = 0;
    this.segments.forEach(({ domain, images }, segment) => {
      const own = domainMoments(sums, first, images, this.#influences[segment]);
      moments.set(domain, { first, own });
      first += images;
      const skew = runningSkew(own, running[segment]!);
      this.sink.append('sites', {
        step,
        site,
        domain,
        mean: average(own.mean),
        variance: average(own.variance),
        meanSkew: skew.mean,
        varianceSkew: skew.variance,
        gradientNorm: gradientNorms[segment]!,
      });
      if (step % this.run.record.channelsEvery === 0) this.#writeChannels(step, site, domain, own);
    });
    this.run.pairs.forEach(({ a, b }, pair) => {
      const ofA = moments.get(a);
      const ofB = moments.get(b);
      if (ofA === undefined || ofB === undefined) return;
      if (step % this.run.record.channelsEvery === 0) {
        const divergences = layerDivergences(ofA.own, ofB.own, ofA.own, ofB.own);
        this.sink.event({ type: 'divergence', step, site, pair, ...divergences });
      }
      // The flag rule holds for equally many images of each domain only.
      const images = Math.min(ofA.own.images, ofB.own.images);
      const equal = ({ first, own }: SegmentMoments): DomainMoments =>
        own.images === images ? own : domainMoments(sums, first, images);
      this.#writePair(step, site, pair, pairDivergence(equal(ofA), equal(ofB)), images);
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
    const index = site * this.run.pairs.length + pair;
    const logE = this.#eProcesses[index]!.update(divergence, [images, images]);
    const { gap, gapSe, gapFloor } = divergence;
    const { logVarianceRatio, logVarianceRatioSe, logVarianceRatioFloor } = divergence;
    this.sink.append('pairs', {
      step,
      site,
      pair,
      gap,
      gapSe,
      gapFloor,
      logVarianceRatio,
      logVarianceRatioSe,
      logVarianceRatioFloor,
      logE,
    });
    if (logE < this.#logThreshold || this.#flaggedAt[index] !== null) return;
    this.#flaggedAt[index] = step;
    const { handling } = this.run.sites[site]!;
    this.sink.event({
      type: 'flag',
      step,
      site,
      pair,
      handling,
      logE,
      logThreshold: this.#logThreshold,
      gap,
      gapFloor,
    });
  }

  /** MMD² looks at activations pooled over space, which are the images' means. */
  #askForMmd(step: number, { site, sums }: SitePass, labels: readonly (Int32Array | null)[]): void {
    const means = imageMeans(sums);
    const dimensions = sums.channels;
    // Copies, for what is asked leaves this thread and the memory serves other steps.
    const samples = new Map<number, () => MmdSample>();
    let first = 0;
    this.segments.forEach(({ domain, images: count }, segment) => {
      const [from, to] = [first * dimensions, (first + count) * dimensions];
      samples.set(domain, () => {
        const values = means.slice(from, to);
        return { values, count, dimensions, labels: labels[segment]?.slice() ?? null };
      });
      first += count;
    });
    this.run.pairs.forEach(({ a, b }, pair) => {
      const [ofA, ofB] = [samples.get(a)?.(), samples.get(b)?.()];
      if (ofA === undefined || ofB === undefined) return;
      this.mmd.estimate({ step, site, pair, a: ofA, b: ofB });
    });
  }

  #trainImages(domain: number): number {
    return this.run.domains[domain]?.images.train ?? 0;
  }
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

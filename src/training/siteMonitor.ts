import type { DomainSegment, RunningStatistics, SiteObserver } from '../nn/batchContext.ts';
import type { RunEventBody } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import type { TableName, TableRow } from '../protocol/tables.ts';
import { pairDivergence } from '../stats/divergence.ts';
import { EProcess, logThreshold, type EProcessSnapshot } from '../stats/eProcess.ts';
import { unbiasedMmd, type Sample } from '../stats/mmd.ts';
import { domainMoments, type DomainMoments, type ImageSums } from '../stats/moments.ts';
import { imageMeans } from '../stats/imageMeans.ts';
import { runningSkew } from '../stats/skew.ts';

/** Where the monitor writes; a run's writer is one. */
export interface MonitorSink {
  append<T extends TableName>(table: T, row: TableRow<T>): void;
  event(body: RunEventBody): void;
}

/** What a checkpoint keeps of the monitor: one e-process per site x pair, site first. */
export interface MonitorState {
  readonly eProcesses: readonly EProcessSnapshot[];
  /** Step at which each was flagged; null for those that were not. */
  readonly flaggedAt: readonly (number | null)[];
}

/** What one forward pass of one site left behind. */
interface SitePass {
  readonly sums: ImageSums;
  readonly segments: readonly DomainSegment[];
  readonly running: readonly RunningStatistics[];
  readonly gradientNorms: Map<number, number>;
}

type Facts = Pick<RunFile, 'sites' | 'pairs' | 'domains' | 'flags' | 'record'>;

/**
 * Turns what the BatchNorm layers saw in each training step into the rows of the run's tables,
 * MMD estimates and flags. It reads what the forward and backward pass computed anyway.
 */
export class SiteMonitor implements SiteObserver {
  readonly #eProcesses: EProcess[];
  readonly #flaggedAt: (number | null)[];
  readonly #logThreshold: number;
  readonly #passes = new Map<number, SitePass>();
  #step = 0;

  constructor(
    private readonly run: Facts,
    private readonly sink: MonitorSink,
    state?: MonitorState,
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
  }

  get state(): MonitorState {
    return {
      eProcesses: this.#eProcesses.map((process) => process.snapshot()),
      flaggedAt: this.#flaggedAt.slice(),
    };
  }

  /** Starts a step; what the layers report until {@link endStep} belongs to it. */
  beginStep(step: number): void {
    this.#step = step;
    this.#passes.clear();
  }

  forward(
    site: number,
    sums: ImageSums,
    segments: readonly DomainSegment[],
    running: readonly RunningStatistics[],
  ): void {
    this.#passes.set(site, { sums, segments, running, gradientNorms: new Map() });
  }

  gradient(site: number, domain: number, norm: number): void {
    this.#passes.get(site)?.gradientNorms.set(domain, norm);
  }

  /** Writes the step's rows and raises its flags. */
  endStep(): void {
    for (const [site, pass] of this.#passes) {
      this.#writeSite(site, pass);
      if (this.#step % this.run.record.mmdEvery === 0) this.#writeMmd(site, pass);
    }
  }

  #writeSite(site: number, { sums, segments, running, gradientNorms }: SitePass): void {
    const step = this.#step;
    const places = new Map<number, { first: number; images: number }>();
    let first = 0;
    segments.forEach(({ domain, images }, index) => {
      const own = domainMoments(sums, first, images);
      places.set(domain, { first, images });
      first += images;
      const used = running[index];
      const skew = used === undefined ? { mean: NaN, variance: NaN } : runningSkew(own, used);
      this.sink.append('sites', {
        step,
        site,
        domain,
        mean: average(own.mean),
        variance: average(own.variance),
        meanSkew: skew.mean,
        varianceSkew: skew.variance,
        gradientNorm: gradientNorms.get(domain) ?? 0,
      });
      if (step % this.run.record.channelsEvery === 0) this.#writeChannels(site, domain, own);
    });
    this.run.pairs.forEach(({ a, b }, pair) => {
      const placeA = places.get(a);
      const placeB = places.get(b);
      if (placeA === undefined || placeB === undefined) return;
      // The flag rule holds for equally many images of each domain only.
      const images = Math.min(placeA.images, placeB.images);
      const momentsA = domainMoments(sums, placeA.first, images);
      const momentsB = domainMoments(sums, placeB.first, images);
      this.#writePair(site, pair, momentsA, momentsB);
    });
  }

  #writeChannels(site: number, domain: number, own: DomainMoments): void {
    for (let channel = 0; channel < own.channels; channel++) {
      this.sink.append('channels', {
        step: this.#step,
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

  #writePair(site: number, pair: number, a: DomainMoments, b: DomainMoments): void {
    const index = site * this.run.pairs.length + pair;
    const eProcess = this.#eProcesses[index];
    const handling = this.run.sites[site]?.handling;
    if (eProcess === undefined || handling === undefined) {
      throw new Error(`site ${site} reported statistics but is not among the run's sites`);
    }
    const divergence = pairDivergence(a, b);
    const logE = eProcess.update(divergence, [a.images, b.images]);
    const { gap, gapSe, gapFloor } = divergence;
    const { logVarianceRatio, logVarianceRatioSe, logVarianceRatioFloor } = divergence;
    this.sink.append('pairs', {
      step: this.#step,
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
    if (logE >= this.#logThreshold && this.#flaggedAt[index] === null) {
      this.#flaggedAt[index] = this.#step;
      this.sink.event({
        type: 'flag',
        step: this.#step,
        site,
        pair,
        handling,
        logE,
        logThreshold: this.#logThreshold,
        gap,
        gapFloor,
      });
    }
  }

  /** MMD² looks at activations pooled over space, which are the images' means. */
  #writeMmd(site: number, { sums, segments }: SitePass): void {
    const means = imageMeans(sums);
    const dimensions = sums.channels;
    const samples = new Map<number, Sample>();
    let first = 0;
    for (const { domain, images: count } of segments) {
      const values = means.subarray(first * dimensions, (first + count) * dimensions);
      samples.set(domain, { values, count, dimensions });
      first += count;
    }
    this.run.pairs.forEach(({ a, b }, pair) => {
      const sampleA = samples.get(a);
      const sampleB = samples.get(b);
      if (sampleA === undefined || sampleB === undefined) return;
      const estimate = unbiasedMmd(sampleA, sampleB);
      this.sink.event({ type: 'mmd', step: this.#step, site, pair, ...estimate });
    });
  }

  #trainImages(domain: number): number {
    return this.run.domains[domain]?.images.train ?? 0;
  }
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

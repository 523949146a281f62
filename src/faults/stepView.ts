import type { TableRow, TableValue } from '../protocol/tables.ts';
import type { DomainMoments } from '../stats/moments.ts';
import type { UsedStatistics } from '../stats/skew.ts';
import type { NetworkSite } from './network.ts';
import type { Subject } from './rule.ts';

/** What a site saw of one domain in one step. */
export interface DomainView {
  readonly domain: number;
  readonly moments: DomainMoments;
  /** The statistics that serve the domain at test, as they were before the step. */
  readonly running: UsedStatistics;
  /** Euclidean norm of the loss's gradient for γ and β through this domain's images. */
  readonly gradientNorm: number;
}

/** What is normalized together; arrays are [channels]. */
export interface BranchView {
  readonly images: number;
  readonly mean: Float64Array;
  /** Biased, over all pixels of all images. */
  readonly variance: Float64Array;
  /** Squared standard errors of `mean` and of ln `variance`. */
  readonly meanError: Float64Array;
  readonly logVarianceError: Float64Array;
  readonly running: UsedStatistics;
}

/** What one site saw in one step. */
export interface SiteView {
  readonly site: number;
  readonly domains: readonly DomainView[];
  /** One for all domains, or one for each. */
  readonly branches: readonly BranchView[];
}

/** What a step left to look at. */
export interface StepView {
  readonly step: number;
  /** By site; a site that saw nothing in this step is missing. */
  readonly sites: readonly (SiteView | undefined)[];
  /** Mean loss of each domain that it trained on; NaN without labels. */
  readonly losses: ReadonlyMap<number, number>;
  /** By term; none in a step without terms. */
  readonly alignments: readonly AlignmentView[];
}

/** What a loss that aligns the domains said of a step. */
export type AlignmentView = Pick<TableRow<'alignments'>, TableValue<'alignments'>>;

/** Puts together what a site saw in a step. */
export function siteView(
  site: number,
  { handling }: Pick<NetworkSite, 'handling'>,
  domains: readonly DomainView[],
): SiteView {
  const groups = handling === 'mixed' ? [domains] : domains.map((domain) => [domain]);
  return { site, domains, branches: groups.map(pooled) };
}

/** Finds what a subject is about; undefined if it saw nothing in this step. */
export function branchOf({ sites }: StepView, { site, domain }: Subject): BranchView | undefined {
  const view = sites[site ?? -1];
  const index = domain === undefined ? 0 : view?.domains.findIndex((own) => own.domain === domain);
  return view?.branches[index ?? -1];
}

/**
 * Pools what several domains' images say of one another's channels: the variance holds the spread
 * between the domains too; its standard error leaves out that this spread errs.
 */
function pooled(domains: readonly DomainView[]): BranchView {
  const [first] = domains;
  if (first === undefined) throw new Error('there is no domain to pool');
  const { channels } = first.moments;
  const images = domains.reduce((sum, { moments }) => sum + moments.images, 0);
  const branch = {
    images,
    mean: new Float64Array(channels),
    variance: new Float64Array(channels),
    meanError: new Float64Array(channels),
    logVarianceError: new Float64Array(channels),
    running: first.running,
  };
  for (let c = 0; c < channels; c++) {
    let mean = 0;
    for (const { moments } of domains) mean += (moments.images / images) * moments.mean[c]!;
    let variance = 0;
    let meanError = 0;
    let varianceError = 0;
    for (const { moments } of domains) {
      const weight = moments.images / images;
      const own = moments.variance[c]!;
      variance += weight * (own + (moments.mean[c]! - mean) ** 2);
      meanError += (weight * moments.meanSe[c]!) ** 2;
      // The logarithm of no variance has no error.
      if (own > 0) varianceError += (weight * own * moments.logVarianceSe[c]!) ** 2;
    }
    branch.mean[c] = mean;
    branch.variance[c] = variance;
    branch.meanError[c] = meanError;
    branch.logVarianceError[c] = variance > 0 ? varianceError / variance ** 2 : 0;
  }
  return branch;
}

/** Returns the norm of the gradient for γ and β through all domains' images; 0 of a missing site. */
export function gradientNorm(view: SiteView | undefined): number {
  return Math.hypot(...(view?.domains.map((domain) => domain.gradientNorm) ?? []));
}

/** Averages numbers that are finite, as over the channels of a site; NaN if there are none. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

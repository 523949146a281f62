import { Bettors, type BettorSnapshot } from './bettors.ts';
import { chiSquareSumQuantile } from './chiSquareSum.ts';
import type { PairDivergence } from './divergence.ts';
import { consecutive } from './random.ts';

/** What an e-process is told once. */
export interface EProcessOptions {
  readonly channels: number;
  /** The gap of a channel, in units of its σ, that does not matter; ≥ 0. */
  readonly tolerance: number;
  /**
   * Distinct training images of each domain, Infinity if no image is ever seen twice; two or fewer
   * are never enough for a bet.
   */
  readonly distinctImages: readonly [number, number];
  /** The probability of a false flag that this test may take: α / tests. */
  readonly level: number;
}

/** The state of an {@link EProcess}; survives JSON exactly. */
export interface EProcessSnapshot {
  readonly steps: number;
  /** Sum of the squared weights of the steps in `accumulated`. */
  readonly squaredWeights: number;
  /** [2 · channels]: means, then log variances. */
  readonly accumulated: readonly number[];
  /** Newest estimate of tr(R²) / K², the mean squared correlation of two components. */
  readonly correlation: number;
  /** Sum over the steps of the estimate that was the newest then. */
  readonly correlations: number;
  readonly layer: BettorSnapshot;
  /** [channels]. */
  readonly byChannel: readonly BettorSnapshot[];
}

/**
 * The part of the wealth that bets on single channels, evenly; the rest bets on all together. It
 * costs the layer ln(1 / 0.95), less than a step, and finds the one channel among many that their
 * root mean square hides.
 */
const CHANNEL_SHARE = 0.05;

/**
 * A difference of the domains that comes to less than this, in standard errors of one step's score,
 * is never evidence. That a null step's score is as likely above 0 as below holds to this at best,
 * and thousands of steps would find it; nor do the bets then use up all of α, as without it they
 * nearly would where ε is 0 and no image is seen twice.
 */
const LEAST_TOLERANCE = 0.05;

/** Steps after which an older one counts 1/e in directions and stakes: they follow what training moves. */
const MEMORY = 300;

/**
 * The part of a test's level at which the choice of the images is let pass. The bets get what is
 * left: they begin with so much less than 1.
 */
const SAMPLING_SHARE = 0.1;

/**
 * The correlations of the components are estimated in each of the first steps, then in one of
 * several: they cost more than all the rest, change slowly, and only their average is used.
 */
const FIRST_STEPS = 16;
const STEPS_PER_CORRELATION = 32;

/**
 * Collects evidence, over all steps of a run, that two domains differ at one site.
 *
 * A bettor stakes a part of its wealth on the direction in which the domains differed in earlier
 * steps (Shekhar & Ramdas 2021; Podkopaev & Ramdas 2023), others, with little to begin with, on one
 * channel each. While no channel's difference exceeds the tolerance no bet is favourable, so E, what
 * they have together, ever reaches x with probability 1/x at most, however often one looks: whatever
 * the distribution where nothing differs, and about Gaussian where something tolerable does. This
 * holds for images drawn at random from each domain in batches of equal size: then swapping the
 * domains of a null step is as likely as not. Means and log variances of unequal batches have
 * different bias and skewness, which a long run would take for a difference; so take equally many
 * images of each domain (`domainMoments` can take a part of a batch).
 */
export class EProcess {
  private steps = 0;
  private squaredWeights = 0;
  private readonly accumulated: Float64Array;
  private correlation = 0;
  private correlations = 0;
  private layer = new Bettors(MEMORY, 1);
  private byChannel: Bettors;
  /** What two moments of a channel exceed by the choice of the images; see {@link squaredTolerance}. */
  private readonly channelQuantile: number;
  private readonly allChannels: Int32Array;
  /** Of the step under way, by channel: z·direction, the directions' squared lengths, and τ. */
  private readonly products: Float64Array;
  private readonly squaredNorms: Float64Array;
  private readonly tolerated: Float64Array;

  constructor(private readonly options: EProcessOptions) {
    const { channels, level } = options;
    this.allChannels = consecutive(channels);
    this.products = new Float64Array(channels);
    this.squaredNorms = new Float64Array(channels);
    this.tolerated = new Float64Array(channels);
    this.accumulated = new Float64Array(2 * channels);
    this.byChannel = new Bettors(MEMORY, channels);
    const channelLevel = (CHANNEL_SHARE * level) / channels;
    // How a channel's mean and variance correlate is not looked at: as much as can be.
    this.channelQuantile = chiSquareSumQuantile(2, 4, SAMPLING_SHARE * channelLevel);
  }

  /** Goes on where a snapshot was taken; throws a RangeError if it is of another site. */
  static restore(options: EProcessOptions, snapshot: EProcessSnapshot): EProcess {
    const process = new EProcess(options);
    if (snapshot.byChannel.length !== options.channels) {
      throw new RangeError(
        `the snapshot has ${snapshot.byChannel.length} channels, not ${options.channels}`,
      );
    }
    process.steps = snapshot.steps;
    process.squaredWeights = snapshot.squaredWeights;
    process.accumulated.set(snapshot.accumulated);
    process.correlation = snapshot.correlation;
    process.correlations = snapshot.correlations;
    process.layer = Bettors.restore(MEMORY, [snapshot.layer]);
    process.byChannel = Bettors.restore(MEMORY, snapshot.byChannel);
    return process;
  }

  /** The natural logarithm of the e-value. */
  get logE(): number {
    const ofLayer = Math.log(1 - CHANNEL_SHARE) + this.layer.logWealth[0]!;
    const perChannel = Math.log(CHANNEL_SHARE / this.options.channels);
    const { logWealth } = this.byChannel;
    let largest = ofLayer;
    for (const own of logWealth) largest = Math.max(largest, perChannel + own);
    let sum = Math.exp(ofLayer - largest);
    for (const own of logWealth) sum += Math.exp(perChannel + own - largest);
    return Math.log(1 - SAMPLING_SHARE) + (largest + Math.log(sum));
  }

  /** Returns the natural logarithms of each channel's own e-value, [channels]. */
  channelLogE(): number[] {
    return Array.from(this.byChannel.logWealth);
  }

  snapshot(): EProcessSnapshot {
    return {
      steps: this.steps,
      squaredWeights: this.squaredWeights,
      accumulated: Array.from(this.accumulated),
      correlation: this.correlation,
      correlations: this.correlations,
      layer: this.layer.snapshot()[0]!,
      byChannel: this.byChannel.snapshot(),
    };
  }

  /** Forgets all evidence, but not how the components correlate. */
  restart(): void {
    this.squaredWeights = 0;
    this.accumulated.fill(0);
    this.layer = new Bettors(MEMORY, 1);
    this.byChannel = new Bettors(MEMORY, this.options.channels);
  }

  /** Tells whether more of the wealth comes from all channels together than from single ones. */
  get isOfLayer(): boolean {
    const share = (1 - SAMPLING_SHARE) * (1 - CHANNEL_SHARE);
    return Math.log(share) + this.layer.logWealth[0]! > this.logE - Math.LN2;
  }

  /**
   * Bets on one step's divergence and returns the new `logE`.
   *
   * A step with a NaN or an infinity in it, or without any component, is no evidence and changes
   * nothing: the wealth stays, and the next step is judged as if this one had not been.
   *
   * @param images the number of images of each domain that the divergence was measured on, best
   *   equal
   */
  update(divergence: PairDivergence, images: readonly [number, number]): number {
    const { channels } = this.options;
    const { meanZ, logVarianceZ, sigmaPerSe } = divergence;
    const { products, squaredNorms, tolerated } = this;
    const scale = this.squaredWeights === 0 ? 0 : 1 / Math.sqrt(this.squaredWeights);
    for (let channel = 0; channel < channels; channel++) {
      const onMean = softThreshold(this.accumulated[channel]! * scale);
      const onLogVariance = softThreshold(this.accumulated[channels + channel]! * scale);
      products[channel] = onMean * meanZ[channel]! + onLogVariance * logVarianceZ[channel]!;
      squaredNorms[channel] = onMean * onMean + onLogVariance * onLogVariance;
    }
    const product = sum(products);
    const ofLayer = Math.sqrt(this.squaredTolerance(divergence, images));
    // A NaN or infinite z shows in the product even at weight 0.
    if (divergence.components === 0 || !Number.isFinite(product + ofLayer)) return this.logE;

    this.layer.bet(
      Float64Array.of(product),
      Float64Array.of(sum(squaredNorms)),
      Float64Array.of(ofLayer),
    );
    const ownSampling = this.samplingFraction(images) * this.channelQuantile;
    const squaredGap = this.squaredGap(images);
    for (let channel = 0; channel < channels; channel++) {
      const ofGap = squaredGap * sigmaPerSe[channel]! ** 2;
      tolerated[channel] = Math.sqrt(ofGap + ownSampling + LEAST_TOLERANCE ** 2);
    }
    this.byChannel.bet(products, squaredNorms, tolerated);
    this.accumulate(divergence);
    return this.logE;
  }

  private accumulate(divergence: PairDivergence): void {
    const { meanZ, logVarianceZ, components } = divergence;
    const { channels } = this.options;
    const kept = 1 - 1 / MEMORY;
    for (let channel = 0; channel < channels; channel++) {
      const mean = channel;
      const logVariance = channels + channel;
      this.accumulated[mean] = kept * this.accumulated[mean]! + meanZ[channel]!;
      this.accumulated[logVariance] =
        kept * this.accumulated[logVariance]! + logVarianceZ[channel]!;
    }
    this.squaredWeights = kept * kept * this.squaredWeights + 1;
    if (this.steps < FIRST_STEPS || this.steps % STEPS_PER_CORRELATION === 0) {
      this.correlation = divergence.correlationSquares() / components ** 2;
    }
    this.correlations += this.correlation;
    this.steps++;
  }

  /**
   * Returns τ², τ being the score that a tolerable difference may reach.
   *
   * τ² = c² · Σ (ε·σ/SE)² + (1/(N_a − 2) + 1/(N_b − 2)) / (1/n + 1/m) · q + 0.05²: what does not
   * matter, what the choice of N_a and N_b images out of one population makes them differ, and what
   * no score is exact to. The mean score is a projection of the difference on some direction, so at
   * most its length in standard errors. The squared length of what two sets of images differ in is,
   * times the ratio of the fractions, that of K standard normal components with the correlations R,
   * and q is what this exceeds with a tenth of the test's level. (−2 as errors estimated from N
   * images make z a Student's t, with a mean square of 1 + 1/N and a wider spread.)
   *
   * R is known from earlier steps, as the direction is. σ and SE are this step's, in τ as in z, so
   * that a difference and what is let pass are weighed alike. For c see {@link squaredGap}.
   */
  squaredTolerance(divergence: PairDivergence, images: readonly [number, number]): number {
    return this.squaredLength(divergence, images, this.allChannels, this.squaredGap(images));
  }

  /**
   * Returns the squared length in standard errors, on average over batches, of a difference that is
   * tolerable in some channels: τ² without c, and with the channels' share of its second term.
   */
  squaredTolerable(
    divergence: PairDivergence,
    images: readonly [number, number],
    channels: Int32Array,
  ): number {
    return this.squaredLength(divergence, images, channels, this.options.tolerance ** 2);
  }

  private squaredLength(
    { sigmaPerSe, components }: PairDivergence,
    images: readonly [number, number],
    channels: Int32Array,
    squaredGap: number,
  ): number {
    const squares = this.correlationSquares(components);
    const ownLevel = SAMPLING_SHARE * (1 - CHANNEL_SHARE) * this.options.level;
    const quantile = chiSquareSumQuantile(components, squares, ownLevel);
    const share = channels.length / sigmaPerSe.length;
    let total = share * this.samplingFraction(images) * quantile + LEAST_TOLERANCE ** 2;
    for (const channel of channels) total += squaredGap * sigmaPerSe[channel]! ** 2;
    return total;
  }

  /**
   * Returns (c·ε)², with c² = ν/(ν − 3/2) and ν the degrees of freedom of the smaller batch; without
   * a tolerance 0, else Infinity for fewer than three images.
   *
   * Where σ and SE come from the same few values, their ratio is hardly random, but 1/SE in z is,
   * and larger on average than one over the error itself. For Gaussian values the factor is
   * √(ν/2)·Γ((ν − 1)/2)/Γ(ν/2), by Watson's bound (1959) at most c; two batches have ν to 2ν.
   */
  private squaredGap(images: readonly [number, number]): number {
    const { tolerance } = this.options;
    const freedom = Math.min(...images) - 1;
    if (tolerance === 0) return 0;
    return freedom > 1.5 ? (tolerance * tolerance * freedom) / (freedom - 1.5) : Infinity;
  }

  /** Returns tr(R²) of so many components, as estimated in earlier steps. */
  correlationSquares(components: number): number {
    // Estimates are unbiased, so their average may fall short of what even independence gives.
    const meanSquare = this.correlations / Math.max(this.steps, 1);
    return Math.max(meanSquare * components ** 2, components);
  }

  /** Returns (1/(N_a − 2) + 1/(N_b − 2)) / (1/n + 1/m). */
  samplingFraction([n, m]: readonly [number, number]): number {
    const [distinctA, distinctB] = this.options.distinctImages;
    return (1 / Math.max(distinctA - 2, 0) + 1 / Math.max(distinctB - 2, 0)) / (1 / n + 1 / m);
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function softThreshold(z: number): number {
  return Math.sign(z) * Math.max(Math.abs(z) - 1, 0);
}

/**
 * Returns ln(tests / α): an e-process above it is a flag, and with `tests` = sites × pairs of them
 * the probability of any false flag in a run is at most `alpha`.
 */
export function logThreshold(tests: number, alpha: number): number {
  return Math.log(tests / alpha);
}

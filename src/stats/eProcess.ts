import { chiSquareSumQuantile } from './chiSquareSum.ts';
import type { PairDivergence } from './divergence.ts';

/** What an e-process is told once. */
export interface EProcessOptions {
  readonly channels: number;
  /** The RMS gap per channel, in units of σ, up to which a difference does not matter; ≥ 0. */
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
  readonly logE: number;
  readonly steps: number;
  readonly stake: number;
  readonly squaredGradients: number;
  /** Newest estimate of tr(R²) / K², the mean squared correlation of two components. */
  readonly correlation: number;
  /** Sum over the steps of the estimate that was the newest then. */
  readonly correlations: number;
  /** [2 · channels]: means, then log variances. */
  readonly accumulated: readonly number[];
}

/** The stake never exceeds this, so that no step costs more than half of the wealth. */
const MAX_STAKE = 0.5;

/** What the squared gradients of the stake start from: keeps a few steps from upsetting it. */
const INITIAL_SQUARED_GRADIENTS = 10;

/**
 * The part of a test's level at which the choice of the images is let pass. It adds to the part
 * that the bets take, so it is small: a tenth more false flags than α at most.
 */
const SAMPLING_SHARE = 0.1;

/**
 * The correlations of the components are estimated in each of the first steps, then in one of
 * several: they cost more than all the rest, change slowly, and only their average is used.
 */
const FIRST_STEPS = 16;
const STEPS_PER_CORRELATION = 32;

/** The step size of online Newton steps for bets (Cutkosky & Orabona 2018). */
const NEWTON_RATE = 2 / (2 - Math.log(3));

/**
 * Collects evidence, over all steps of a run, that two domains differ at one site.
 *
 * A bettor stakes a part of its wealth E on the direction in which the domains differed in earlier
 * steps (Shekhar & Ramdas 2021; Podkopaev & Ramdas 2023). While the difference is tolerable no bet
 * is favourable, so E ever reaches x with probability 1/x at most, however often one looks. This
 * holds for images drawn at random from each domain in batches of equal size: then swapping the
 * domains of a null step is as likely as not. Means and log variances of unequal batches have
 * different bias and skewness, which a long run would take for a difference; so take equally many
 * images of each domain (`domainMoments` can take a part of a batch).
 */
export class EProcess {
  private wealth = 0;
  private steps = 0;
  private stake = MAX_STAKE;
  private squaredGradients = INITIAL_SQUARED_GRADIENTS;
  private correlation = 0;
  private correlations = 0;
  private readonly accumulated: Float64Array;

  constructor(private readonly options: EProcessOptions) {
    this.accumulated = new Float64Array(2 * options.channels);
  }

  /** Goes on where a snapshot was taken; throws a RangeError if it is of another site. */
  static restore(options: EProcessOptions, snapshot: EProcessSnapshot): EProcess {
    const process = new EProcess(options);
    if (snapshot.accumulated.length !== process.accumulated.length) {
      throw new RangeError(
        `the snapshot has ${snapshot.accumulated.length} components, not ${process.accumulated.length}`,
      );
    }
    process.wealth = snapshot.logE;
    process.steps = snapshot.steps;
    process.stake = snapshot.stake;
    process.squaredGradients = snapshot.squaredGradients;
    process.correlation = snapshot.correlation;
    process.correlations = snapshot.correlations;
    process.accumulated.set(snapshot.accumulated);
    return process;
  }

  /** The natural logarithm of the e-value. */
  get logE(): number {
    return this.wealth;
  }

  snapshot(): EProcessSnapshot {
    return {
      logE: this.wealth,
      steps: this.steps,
      stake: this.stake,
      squaredGradients: this.squaredGradients,
      correlation: this.correlation,
      correlations: this.correlations,
      accumulated: Array.from(this.accumulated),
    };
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
    const { meanZ, logVarianceZ, components } = divergence;
    const { channels } = this.options;
    const scale = 1 / Math.sqrt(Math.max(this.steps, 1));
    let product = 0;
    let squaredNorm = 0;
    for (let component = 0; component < 2 * channels; component++) {
      const z = component < channels ? meanZ[component]! : logVarianceZ[component - channels]!;
      const weight = softThreshold(this.accumulated[component]! * scale);
      product += weight * z;
      squaredNorm += weight * weight;
    }
    const threshold = this.threshold(divergence, images);
    // A NaN or infinite z shows in the product even at weight 0.
    if (components === 0 || !Number.isFinite(product + threshold)) return this.wealth;

    if (squaredNorm > 0) this.bet(Math.tanh((product / Math.sqrt(squaredNorm) - threshold) / 2));
    for (let channel = 0; channel < channels; channel++) {
      this.accumulated[channel]! += meanZ[channel]!;
      this.accumulated[channels + channel]! += logVarianceZ[channel]!;
    }
    if (this.steps < FIRST_STEPS || this.steps % STEPS_PER_CORRELATION === 0) {
      this.correlation = divergence.correlationSquares() / components ** 2;
    }
    this.correlations += this.correlation;
    this.steps++;
    return this.wealth;
  }

  /**
   * Returns τ, the score that a tolerable difference may reach.
   *
   * τ² = Σ (ε·σ/SE)² + (1/(N_a − 2) + 1/(N_b − 2)) / (1/n + 1/m) · q: what does not matter, and what
   * the choice of N_a and N_b images out of one population makes them differ. The mean score is a
   * projection of the difference on some direction, so at most its length in standard errors. The
   * squared length of what two sets of images differ in is, times the ratio of the fractions, that
   * of K standard normal components with the correlations R, and q is what this exceeds with a
   * tenth of the test's level. (−2 as errors estimated from N images make z a Student's t, with a
   * mean square of 1 + 1/N and a wider spread.)
   *
   * R is known from earlier steps, as the direction is. σ and SE are this step's, in τ as in z, so
   * that a difference and what is let pass are weighed alike.
   */
  private threshold(
    { sigmaPerSe, components }: PairDivergence,
    [n, m]: readonly [number, number],
  ): number {
    const { tolerance, distinctImages, level } = this.options;
    let squaredRatios = 0;
    for (const ratio of sigmaPerSe) squaredRatios += ratio * ratio;
    const [distinctA, distinctB] = distinctImages;
    const sampling =
      (1 / Math.max(distinctA - 2, 0) + 1 / Math.max(distinctB - 2, 0)) / (1 / n + 1 / m);
    // Estimates are unbiased, so their average may fall short of what even independence gives.
    const meanSquare = this.correlations / Math.max(this.steps, 1);
    const squares = Math.max(meanSquare * components ** 2, components);
    const quantile = chiSquareSumQuantile(components, squares, SAMPLING_SHARE * level);
    return Math.sqrt(tolerance * tolerance * squaredRatios + sampling * quantile);
  }

  /** Settles the bet on a payoff in (−1, 1) and sets the next stake. */
  private bet(payoff: number): void {
    this.wealth += Math.log1p(this.stake * payoff);
    const gradient = payoff / (1 + this.stake * payoff);
    this.squaredGradients += gradient * gradient;
    const step = (NEWTON_RATE * gradient) / this.squaredGradients;
    this.stake = Math.min(MAX_STAKE, Math.max(0, this.stake + step));
  }
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

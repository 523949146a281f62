import { Bettors, type BettorSnapshot } from './bettors.ts';
import type { PairDivergence } from './divergence.ts';

/** The state of a {@link Clearance}; survives JSON exactly. */
export interface ClearanceSnapshot {
  readonly channels: readonly number[];
  readonly bettor: BettorSnapshot;
  /** z of the step that waits for the next one; null between pairs. */
  readonly first: readonly number[] | null;
}

/** What a step says beside its divergence. */
export interface ClearanceTerms {
  /**
   * τ² of the channels: the squared length in standard errors, on average over batches, of a
   * difference that is tolerable (`EProcess.squaredTolerable`).
   */
  readonly squaredTolerance: number;
  /** tr(R²) of the channels' components. */
  readonly correlationSquares: number;
  /**
   * How much less two batches without a common image vary together, at most:
   * (1/(N_a − 2) + 1/(N_b − 2)) / (1/n + 1/m).
   */
  readonly samplingFraction: number;
}

/** Bets after which an older one counts 1/e in the stake: all were lost while the difference lasted. */
const MEMORY = 30;

/** The bets allow for less than the whole tolerance: room for what is cut off the payoffs. */
const TOLERATED_PART = 0.8;

/** Payoffs are cut off where the product is so many deviations larger than is tolerable. */
const MOST_DEVIATIONS = 3;

/**
 * Collects evidence that a difference found in some channels has become tolerable.
 *
 * It looks at pairs of steps, no step in two of them. The product z·z′ of their differences in
 * standard errors is |δ|² on average, whatever the direction of the difference δ (its images drawn
 * without replacement from finite sets, K·samplingFraction less), so that a bet on its being below
 * is not favourable while |δ|² is at least τ². The wealth then ever reaches x with probability 1/x
 * at most. Payoffs are (t − min(z·z′, τ² + 3s)) / (τ² + 3s − t), with t = 0.8·(τ² − K·fraction) and
 * s² = tr(R²) + 2τ²√tr(R²), no less than the variance of the product at |δ| = τ where tr(R²) is that
 * of these channels: what the cut takes from the mean, some thousandths of s, is less than the fifth
 * that t leaves. (Errors estimated from few images make z·z′ larger on average, never smaller.)
 *
 * This holds for a difference that does not turn to other channels from one step to the next.
 * Without a tolerance and with images never seen twice τ is next to 0, and equality cannot be shown.
 */
export class Clearance {
  readonly channels: Int32Array;

  private bettor = new Bettors(MEMORY, 1);
  /** z of the step under way and of the one that waits for it, [2 · channels]. */
  private z: Float64Array;
  private first: Float64Array;
  private waits = false;

  constructor(channels: readonly number[]) {
    this.channels = Int32Array.from(channels);
    this.z = new Float64Array(2 * channels.length);
    this.first = new Float64Array(2 * channels.length);
  }

  static restore(snapshot: ClearanceSnapshot): Clearance {
    const clearance = new Clearance(snapshot.channels);
    clearance.bettor = Bettors.restore(MEMORY, [snapshot.bettor]);
    clearance.waits = snapshot.first !== null;
    clearance.first.set(snapshot.first ?? []);
    return clearance;
  }

  /** The natural logarithm of the e-value. */
  get logE(): number {
    return this.bettor.logWealth[0]!;
  }

  snapshot(): ClearanceSnapshot {
    return {
      channels: Array.from(this.channels),
      bettor: this.bettor.snapshot()[0]!,
      first: this.waits ? Array.from(this.first) : null,
    };
  }

  /** Takes one step; one with a NaN or an infinity in it changes nothing. */
  update(
    { meanZ, logVarianceZ }: Pick<PairDivergence, 'meanZ' | 'logVarianceZ'>,
    terms: ClearanceTerms,
  ): void {
    const { channels, z, first } = this;
    const { squaredTolerance, correlationSquares, samplingFraction } = terms;
    let total = squaredTolerance + correlationSquares;
    let product = 0;
    for (let k = 0; k < channels.length; k++) {
      const onMean = (z[2 * k] = meanZ[channels[k]!]!);
      const onLogVariance = (z[2 * k + 1] = logVarianceZ[channels[k]!]!);
      total += onMean + onLogVariance;
      product += first[2 * k]! * onMean + first[2 * k + 1]! * onLogVariance;
    }
    if (!Number.isFinite(total)) return;
    this.waits = !this.waits;
    if (this.waits) {
      [this.z, this.first] = [first, z];
      return;
    }
    const target = TOLERATED_PART * (squaredTolerance - z.length * samplingFraction);
    if (target <= 0) return;
    const variance = correlationSquares + 2 * squaredTolerance * Math.sqrt(correlationSquares);
    const most = squaredTolerance + MOST_DEVIATIONS * Math.sqrt(variance);
    this.bettor.settle([(target - Math.min(product, most)) / (most - target)]);
  }
}

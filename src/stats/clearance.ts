import { Bettor, type BettorSnapshot } from './bettor.ts';
import type { PairDivergence } from './divergence.ts';

/** The state of a {@link Clearance}; survives JSON exactly. */
export interface ClearanceSnapshot {
  readonly channels: readonly number[];
  readonly bettor: BettorSnapshot;
  readonly accumulated: readonly number[];
  readonly weights: number;
  readonly squaredWeights: number;
}

/**
 * Steps after which an older step counts 1/e in the direction. A difference may turn from channel to
 * channel while the net learns; it must not do so within so few steps.
 */
const MEMORY = 8;

/**
 * Collects evidence that a difference found in some channels has become tolerable.
 *
 * It bets that a step's score s = w·z / ‖w‖, with w the mean of the latest steps' z, is below what
 * an intolerable difference makes of it. A difference of length |δ| gives a mean of z an expected
 * angle to it with cos² = δ² / (δ² + K·Σk²/(Σk)²), for K components and weights k, so that the score
 * is |δ|·cos on average: for |δ| = τ, the least that is not tolerable, τ² / √(τ² + K·Σk²/(Σk)²).
 * While the difference is at least that large, the bet is not favourable, so the wealth ever reaches
 * x with probability 1/x at most. (Without a tolerance and with images never seen twice τ is next to
 * 0, and equality cannot be shown.)
 */
export class Clearance {
  private bettor = new Bettor();
  private readonly accumulated: Float64Array;
  private weights = 0;
  private squaredWeights = 0;

  constructor(readonly channels: readonly number[]) {
    this.accumulated = new Float64Array(2 * channels.length);
  }

  static restore(snapshot: ClearanceSnapshot): Clearance {
    const clearance = new Clearance(snapshot.channels);
    clearance.bettor = Bettor.restore(snapshot.bettor);
    clearance.accumulated.set(snapshot.accumulated);
    clearance.weights = snapshot.weights;
    clearance.squaredWeights = snapshot.squaredWeights;
    return clearance;
  }

  /** The natural logarithm of the e-value. */
  get logE(): number {
    return this.bettor.logWealth;
  }

  snapshot(): ClearanceSnapshot {
    return {
      channels: this.channels,
      bettor: this.bettor.snapshot(),
      accumulated: Array.from(this.accumulated),
      weights: this.weights,
      squaredWeights: this.squaredWeights,
    };
  }

  /**
   * Bets on one step; one with a NaN or an infinity in it changes nothing.
   * @param squaredTolerance τ² of these channels
   */
  update({ meanZ, logVarianceZ }: PairDivergence, squaredTolerance: number): void {
    const z = this.channels.flatMap((channel) => [meanZ[channel]!, logVarianceZ[channel]!]);
    if (!Number.isFinite(z.reduce((total, value) => total + value, squaredTolerance))) return;
    if (this.weights > 0) this.bet(z, squaredTolerance);
    const kept = 1 - 1 / MEMORY;
    z.forEach((value, component) => {
      this.accumulated[component] = kept * this.accumulated[component]! + value;
    });
    this.weights = kept * this.weights + 1;
    this.squaredWeights = kept * kept * this.squaredWeights + 1;
  }

  private bet(z: readonly number[], squaredTolerance: number): void {
    let product = 0;
    let squaredNorm = 0;
    z.forEach((value, component) => {
      const weight = this.accumulated[component]!;
      product += weight * value;
      squaredNorm += weight * weight;
    });
    const noise = (z.length * this.squaredWeights) / this.weights ** 2;
    const least = squaredTolerance / Math.sqrt(squaredTolerance + noise);
    this.bettor.bet(-product, squaredNorm, -least);
  }
}

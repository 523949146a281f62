import { Bettor, type BettorSnapshot } from './bettor.ts';
import type { StepScores } from './eProcess.ts';

/** The state of a {@link Clearance}; survives JSON exactly. */
export interface ClearanceSnapshot {
  readonly channels: readonly number[];
  readonly bettor: BettorSnapshot;
}

/**
 * Collects evidence that a difference found in some channels is tolerable by now: it takes the other
 * side of an `EProcess`'s bets on these channels together.
 *
 * While their difference, along the direction in which it was seen in the latest steps, is not
 * tolerable, the other side is not favourable, so its wealth ever reaches x with probability 1/x at
 * most. (Without a tolerance and with images never seen twice nothing is tolerable, and equality
 * cannot be shown.)
 */
export class Clearance {
  private constructor(
    private readonly channels: readonly number[],
    private readonly bettor: Bettor,
  ) {}

  static begin(channels: readonly number[]): Clearance {
    return new Clearance(channels, new Bettor());
  }

  static restore({ channels, bettor }: ClearanceSnapshot): Clearance {
    return new Clearance(channels, Bettor.restore(bettor));
  }

  /** The natural logarithm of the e-value. */
  get logE(): number {
    return this.bettor.logWealth;
  }

  snapshot(): ClearanceSnapshot {
    return { channels: this.channels, bettor: this.bettor.snapshot() };
  }

  update({ products, squaredNorms, tolerated, sampling }: StepScores): void {
    const sum = (values: Float64Array): number =>
      this.channels.reduce((total, channel) => total + values[channel]!, 0);
    const share = this.channels.length / products.length;
    const threshold = Math.sqrt(sum(tolerated) + share * sampling);
    this.bettor.betAgainst(sum(products), sum(squaredNorms), threshold);
  }
}

/** The state of one of {@link Bettors}; survives JSON exactly. */
export interface BettorSnapshot {
  readonly logWealth: number;
  readonly stake: number;
  readonly squaredGradients: number;
}

/** The first stake, and what no later one exceeds: no bet costs more than this part of the wealth. */
const FIRST_STAKE = 0.5;
const MAX_STAKE = 0.75;

/** What the squared gradients of the stake start from: keeps a few bets from upsetting it. */
const INITIAL_SQUARED_GRADIENTS = 10;

/** The step size of online Newton steps for bets (Cutkosky & Orabona 2018). */
const NEWTON_RATE = 2 / (2 - Math.log(3));

/**
 * Each bets a part of its wealth, 1 at first, on payoffs above −1, having seen only earlier ones.
 *
 * The part is set by online Newton steps (Cutkosky & Orabona 2018) whose squared gradients fade. As
 * long as no payoff is favourable, given the past, the wealth is a supermartingale however the part
 * is chosen: it ever reaches x with probability 1/x at most (Ville 1939).
 */
export class Bettors {
  /** The natural logarithm of each one's wealth. */
  readonly logWealth: Float64Array;
  private readonly stake: Float64Array;
  private readonly squaredGradients: Float64Array;
  private readonly payoffs: Float64Array;

  /** @param memory - bets after which an older gradient counts 1/e: so a lost stake can grow again */
  constructor(
    private readonly memory: number,
    readonly count: number,
  ) {
    this.logWealth = new Float64Array(count);
    this.stake = new Float64Array(count).fill(FIRST_STAKE);
    this.squaredGradients = new Float64Array(count).fill(INITIAL_SQUARED_GRADIENTS);
    this.payoffs = new Float64Array(count);
  }

  static restore(memory: number, snapshots: readonly BettorSnapshot[]): Bettors {
    const bettors = new Bettors(memory, snapshots.length);
    snapshots.forEach(({ logWealth, stake, squaredGradients }, index) => {
      bettors.logWealth[index] = logWealth;
      bettors.stake[index] = stake;
      bettors.squaredGradients[index] = squaredGradients;
    });
    return bettors;
  }

  snapshot(): BettorSnapshot[] {
    return Array.from(this.logWealth, (logWealth, index) => ({
      logWealth,
      stake: this.stake[index]!,
      squaredGradients: this.squaredGradients[index]!,
    }));
  }

  /**
   * Each bets that a step's score in its direction, product / √squaredNorm, is above what is
   * tolerated; one without a direction does not bet.
   */
  bet(products: Float64Array, squaredNorms: Float64Array, tolerated: Float64Array): void {
    const { payoffs } = this;
    for (let index = 0; index < payoffs.length; index++) {
      const score = products[index]! / Math.sqrt(squaredNorms[index]!);
      payoffs[index] = squaredNorms[index] === 0 ? NaN : Math.tanh((score - tolerated[index]!) / 2);
    }
    this.settle(payoffs);
  }

  /** Settles each one's bet on a payoff above −1 and sets its next stake; where it is NaN was no bet. */
  settle(payoffs: ArrayLike<number>): void {
    // Arrays and one loop, as numbers that calls or objects take would all be garbage, step by step.
    const { logWealth, stake, squaredGradients } = this;
    const kept = 1 - 1 / this.memory;
    for (let index = 0; index < logWealth.length; index++) {
      const payoff = payoffs[index]!;
      if (Number.isNaN(payoff)) continue;
      const present = stake[index]!;
      logWealth[index]! += Math.log1p(present * payoff);
      const gradient = payoff / (1 + present * payoff);
      const faded = Math.max(kept * squaredGradients[index]!, INITIAL_SQUARED_GRADIENTS);
      const squares = faded + gradient * gradient;
      squaredGradients[index] = squares;
      const next = present + (NEWTON_RATE * gradient) / squares;
      stake[index] = Math.min(MAX_STAKE, Math.max(0, next));
    }
  }
}

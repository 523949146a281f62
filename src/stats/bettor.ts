/** The state of a {@link Bettor}; survives JSON exactly. */
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
 * Bets a part of its wealth, 1 at first, on payoffs above −1, each having seen only earlier ones.
 *
 * The part is set by online Newton steps (Cutkosky & Orabona 2018) whose squared gradients fade. As
 * long as no payoff is favourable, given the past, the wealth is a supermartingale however the part
 * is chosen: it ever reaches x with probability 1/x at most (Ville 1939).
 */
export class Bettor {
  private wealth = 0;
  private stake = FIRST_STAKE;
  private squaredGradients = INITIAL_SQUARED_GRADIENTS;

  /** @param memory - bets after which an older gradient counts 1/e: so a lost stake can grow again */
  constructor(private readonly memory: number) {}

  static restore(memory: number, { logWealth, stake, squaredGradients }: BettorSnapshot): Bettor {
    const bettor = new Bettor(memory);
    bettor.wealth = logWealth;
    bettor.stake = stake;
    bettor.squaredGradients = squaredGradients;
    return bettor;
  }

  /** The natural logarithm of the wealth. */
  get logWealth(): number {
    return this.wealth;
  }

  snapshot(): BettorSnapshot {
    const { wealth: logWealth, stake, squaredGradients } = this;
    return { logWealth, stake, squaredGradients };
  }

  /**
   * Bets that a step's score in a direction, product / √squaredNorm, is above what is tolerated;
   * without a direction it does not bet.
   */
  bet(product: number, squaredNorm: number, tolerated: number): void {
    if (squaredNorm === 0) return;
    this.settle(Math.tanh((product / Math.sqrt(squaredNorm) - tolerated) / 2));
  }

  /** Settles the bet on a payoff above −1 and sets the next stake. */
  settle(payoff: number): void {
    this.wealth += Math.log1p(this.stake * payoff);
    const gradient = payoff / (1 + this.stake * payoff);
    const faded = Math.max(
      (1 - 1 / this.memory) * this.squaredGradients,
      INITIAL_SQUARED_GRADIENTS,
    );
    this.squaredGradients = faded + gradient * gradient;
    const step = (NEWTON_RATE * gradient) / this.squaredGradients;
    this.stake = Math.min(MAX_STAKE, Math.max(0, this.stake + step));
  }
}

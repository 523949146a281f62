/** A strategy as a person picks it. */
export interface StrategyChoice {
  /** What `--strategy` takes. */
  readonly name: string;
  /** One line: what it does with each domain's statistics. */
  readonly description: string;
}

/** The named starting points, in the order in which they are offered. */
export const STRATEGY_CHOICES: readonly StrategyChoice[] = [
  {
    name: 'shared',
    description: 'One BatchNorm for all domains: statistics of the mixed batch (the usual default)',
  },
  {
    name: 'separate',
    description: 'A BatchNorm per domain: own statistics, scale and shift (DSBN, Chang 2019)',
  },
];

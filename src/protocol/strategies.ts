/** A strategy, or a name on one of its axes, as a person picks it. */
export interface StrategyChoice {
  /** What `--strategy` takes. */
  readonly name: string;
  /** One line: what it does. */
  readonly description: string;
}

/**
 * All names by axis, which are unique over all axes; a strategy is some of them joined with `+`.
 * The first normalization is the default; the other axes may be left out.
 */
export const STRATEGY_AXES = {
  normalization: [
    {
      name: 'shared',
      description:
        'One BatchNorm for all domains: statistics of the mixed batch (the usual default)',
    },
    {
      name: 'separate',
      description: 'A BatchNorm per domain: own statistics, scale and shift (DSBN, Chang 2019)',
    },
    {
      name: 'conditional',
      description:
        'One BatchNorm whose scale and shift a small network changes per domain (de Vries 2017)',
    },
    {
      name: 'spectral',
      description:
        'One BatchNorm, and weights divided by their largest singular value (Miyato 2018)',
    },
    {
      name: 'transnorm',
      description:
        'Statistics per domain, channels weighted by their likeness (TransNorm, Wang 2019)',
    },
    {
      name: 'batch-renorm',
      description: 'One BatchNorm that trains with what it tests with, within limits (Ioffe 2017)',
    },
    {
      name: 'group',
      description: 'Each image normalized by its own groups of channels; no batch (Wu & He 2018)',
    },
  ],
  alignment: [
    {
      name: 'mmd',
      description:
        "Draws the domains' features together by their mean discrepancy (DAN, Long 2015)",
    },
    {
      name: 'adversarial',
      description: 'Hides from a discriminator which domain features are of (DANN, Ganin 2016)',
    },
    {
      name: 'coral',
      description: "Draws the covariances of the domains' features together (Sun & Saenko 2016)",
    },
    {
      name: 'cdan',
      description: 'As adversarial, the discriminator seeing the class scores too (Long 2018)',
    },
    {
      name: 'bsp',
      description:
        'Keeps the largest singular value of features down; to go with adversarial or cdan (Chen 2019)',
    },
  ],
  schedule: [
    {
      name: 'finetune-frozen',
      description: 'Pre-trains on synthetic, fine-tunes on real images with BatchNorm frozen',
    },
    {
      name: 'finetune-updated',
      description: 'Pre-trains on synthetic, fine-tunes on real images with BatchNorm trained on',
    },
  ],
  adaptation: [
    {
      name: 'adabn',
      description: 'Tests with statistics of unlabelled real images (AdaBN, Li 2016)',
    },
    {
      name: 'alpha-bn',
      description: 'Tests with a mixture of trained and real statistics (Schneider 2020)',
    },
    {
      name: 'tent',
      description:
        'Makes predictions on unlabelled real images surer by scale and shift (TENT, Wang 2021)',
    },
  ],
} as const satisfies {
  readonly normalization: readonly [StrategyChoice, ...StrategyChoice[]];
} & Readonly<Record<string, readonly StrategyChoice[]>>;

export type StrategyAxis = keyof typeof STRATEGY_AXES;

const [shared, separate, conditional, spectral] = STRATEGY_AXES.normalization;

/** The named starting points, in the order in which they are offered. */
export const STARTING_POINTS: readonly StrategyChoice[] = [
  shared,
  separate,
  {
    name: 'separate+mmd',
    description: 'A BatchNorm per domain, and features drawn together by their mean discrepancy',
  },
  {
    name: 'separate+adversarial',
    description: 'A BatchNorm per domain, and features that hide which domain they are of',
  },
  conditional,
  spectral,
  {
    name: 'shared+finetune-frozen',
    description:
      'Pre-training on synthetic images, then fine-tuning on real ones, BatchNorm frozen',
  },
  {
    name: 'shared+finetune-updated',
    description: 'Pre-training on synthetic images, then fine-tuning on real ones, BatchNorm too',
  },
];

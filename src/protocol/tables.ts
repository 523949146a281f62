/** Column types of the run's tables, in Arrow's names. */
export type ColumnType = 'int32' | 'float32' | 'float64';

/** How far two sets of images are apart at one site in one step, and the evidence so far. */
const DIVERGENCE = {
  /** RMS over channels of the standardized mean gap, its standard error, and its value when nothing differs. */
  gap: 'float32',
  gapSe: 'float32',
  gapFloor: 'float32',
  /** The same for ln(variance a / variance b). */
  logVarianceRatio: 'float32',
  logVarianceRatioSe: 'float32',
  logVarianceRatioFloor: 'float32',
  /** Natural logarithm of the e-process. */
  logE: 'float64',
} as const satisfies Readonly<Record<string, ColumnType>>;

/** Ways to measure how far two domains are apart, in the order in which they are shown. */
export const DISTANCES = [
  'gap',
  'logVarianceRatio',
  'jeffreys',
  'bhattacharyya',
  'hellingerSquared',
  'wassersteinSquared',
] as const;
export type DistanceName = (typeof DISTANCES)[number];

/** What it comes to on average when nothing differs, and exceeds with probability 5% and 1%. */
const DISTANCE_PARTS = ['', 'Expected', 'Floor95', 'Floor99'] as const;
export type DistanceColumn = `${DistanceName}${(typeof DISTANCE_PARTS)[number]}`;

const DISTANCE_COLUMNS = Object.fromEntries(
  DISTANCES.flatMap((name) => DISTANCE_PARTS.map((part) => [`${name}${part}`, 'float32'])),
) as Readonly<Record<DistanceColumn, 'float32'>>;

/**
 * The tables of a run directory: `<name>-<attempt>.arrow`, Arrow IPC streams.
 * `keys` are ids into run.json; every table also has `step`, the number of the step, from 1.
 * `levels`: whether min/max/last over 16, 256, ... steps are kept beside it (`<name>-<attempt>.L1.arrow`).
 */
export const TABLES = {
  steps: {
    keys: ['domain'],
    /** `loss` and `accuracy` are NaN for a domain without labels. */
    values: { loss: 'float32', accuracy: 'float32', images: 'int32' },
    levels: true,
  },
  sites: {
    keys: ['site', 'domain'],
    values: {
      /** Averages over channels of the batch mean and of the biased batch variance. */
      mean: 'float32',
      variance: 'float32',
      /** RMS over channels of (running mean - batch mean) / running deviation. */
      meanSkew: 'float32',
      /** RMS over channels of ln(running deviation / batch deviation). */
      varianceSkew: 'float32',
      /** Euclidean norm of the loss's gradient for gamma and beta through this domain's images. */
      gradientNorm: 'float32',
    },
    levels: true,
  },
  pairs: {
    keys: ['site', 'pair'],
    values: DIVERGENCE,
    levels: true,
  },
  /** The same between the two halves of a real domain; see `RunFile.controls`. */
  controls: {
    keys: ['site', 'domain'],
    values: DIVERGENCE,
    levels: true,
  },
  /** Nothing for a step with fewer than two domains; see `RunFile.alignments`. */
  alignments: {
    keys: ['term'],
    values: {
      /** The term's own loss, before it is weighed. */
      loss: 'float32',
      /** What the loss, or a discriminator's reversed gradient, was multiplied by. */
      weight: 'float32',
      /** Mean over domains of the share of images that a discriminator takes for theirs, or NaN. */
      accuracy: 'float32',
    },
    levels: true,
  },
  channels: {
    keys: ['site', 'domain', 'channel'],
    values: {
      mean: 'float32',
      variance: 'float32',
      meanSe: 'float32',
      logVarianceSe: 'float32',
    },
    levels: false,
  },
  channelPairs: {
    keys: ['site', 'pair', 'channel'],
    values: {
      /** Difference of means in units of the pixel standard deviation. */
      gap: 'float32',
      /** The same in units of its standard error, and that of ln(variance a / variance b). */
      meanZ: 'float32',
      logVarianceZ: 'float32',
      /** Natural logarithm of the channel's own e-process. */
      logE: 'float64',
    },
    levels: false,
  },
  /** Distances over all channels of a site in one step, of all images of both domains. */
  distances: {
    keys: ['site', 'pair'],
    values: {
      /** How many channels vary in both domains; the distances are averages over these. */
      channels: 'int32',
      /** Images of the pair's first domain, and of its second. */
      n: 'int32',
      m: 'int32',
      ...DISTANCE_COLUMNS,
    },
    levels: false,
  },
  /** How far the activations of two domains differ as a whole, pooled over space, in one step. */
  mmd: {
    keys: ['site', 'pair'],
    values: {
      /** The unbiased estimate, summed over the kernels: it may be negative. */
      mmd2: 'float64',
      /** The chance of as much between images of one population, by so many permutations. */
      p: 'float64',
      permutations: 'int32',
      /** σ of the widest kernel; σ² of each of the others is half that of the next wider one. */
      bandwidth: 'float64',
      kernels: 'int32',
      n: 'int32',
      m: 'int32',
    },
    levels: false,
  },
  /** The same over the batches of several such steps, by random Fourier features. */
  mmdWindows: {
    keys: ['site', 'pair'],
    values: {
      mmd2: 'float64',
      /** What it comes to on average when nothing differs, and exceeds with probability 5% and 1%. */
      expected: 'float64',
      floor95: 'float64',
      floor99: 'float64',
      /** How many batches, the first of which step. */
      batches: 'int32',
      fromStep: 'int32',
      /** As in `mmd`, and random frequencies of each kernel. */
      bandwidth: 'float64',
      kernels: 'int32',
      frequencies: 'int32',
      /** Images of all batches. */
      n: 'int32',
      m: 'int32',
    },
    levels: false,
  },
  /** As `mmd`, between the images of one class, with the kernels of all images. */
  mmdClasses: {
    keys: ['site', 'pair', 'class'],
    values: { mmd2: 'float64', n: 'int32', m: 'int32' },
    levels: false,
  },
} as const satisfies Record<
  string,
  { keys: readonly string[]; values: Readonly<Record<string, ColumnType>>; levels: boolean }
>;

export type TableName = keyof typeof TABLES;
export type TableKey<T extends TableName> = (typeof TABLES)[T]['keys'][number];
export type TableValue<T extends TableName> = keyof (typeof TABLES)[T]['values'] & string;

/** One row to be appended: ids, step and values by column name. */
export type TableRow<T extends TableName> = Readonly<
  Record<'step' | TableKey<T> | TableValue<T>, number>
>;

/** Rows in columns, all of one length, in the order they were written. */
export type TableColumns<T extends TableName> = Readonly<
  Record<'step' | TableKey<T>, Int32Array> & Record<TableValue<T>, Float64Array>
>;

/** Steps that one row of level 1, 2, 3 stands for. */
export const LEVEL_STRIDES = [16, 256, 4096] as const;

export type TableValues<T extends TableName> = Readonly<Record<TableValue<T>, Float64Array>>;

/**
 * Rows of which each stands for one step or, read from a level, for a bin of steps: then `step` is
 * the bin's last step, the values are the bin's last, and `min` and `max` bound them within the bin.
 */
export type TableRows<T extends TableName> = TableColumns<T> & {
  readonly min: TableValues<T>;
  readonly max: TableValues<T>;
};

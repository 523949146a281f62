import * as tf from '@tensorflow/tfjs';
import type { Initializer } from './stockBatchNormalization.ts';

/** γ and β of several domains, [domains, channels], or one row that serves all of them. */
export interface AffineRows {
  readonly gamma: tf.Tensor2D;
  readonly beta: tf.Tensor2D;
}

/** What gives the domains their γ and β. */
export interface Affine {
  /** What γ and β are, or are computed from. */
  readonly weights: readonly tf.LayerVariable[];
  /** Whether each domain has γ and β of its own. */
  readonly isOwn: boolean;
  /** Returns γ and β of domains, differentiable; 1 and 0 in a layer without. */
  rows(domains: readonly number[]): AffineRows;
  /** Gives a domain the values of another; absent where what gives them γ and β serves all. */
  adopt?(domain: number, from: number): void;
}

/** One γ and β; undefined in a layer without. */
export interface AffineWeights {
  readonly gamma: tf.LayerVariable | undefined;
  readonly beta: tf.LayerVariable | undefined;
}

/** A layer whose γ and β are to serve several domains. */
export interface AffineHost extends AffineWeights {
  readonly channels: number;
  /** By id. */
  readonly domains: readonly string[];
  /** Replaces γ and β by copies for each domain, and returns these by its id. */
  copyParameters(): readonly AffineWeights[];
  /** Adds a weight which is trained as γ and β are. */
  add(name: string, shape: number[], initializer: Initializer): tf.LayerVariable;
}

/** Makes what gives the domains of a layer their γ and β, from those that it was built with. */
export type AffineScheme = (host: AffineHost) => Affine;

/** One γ and β for all domains. */
export const commonAffine: AffineScheme = (host) => ({
  weights: present([host]),
  isOwn: false,
  rows: () => stackedRows([host], host.channels),
});

/** Own γ and β for each domain, which start from the same values. */
export const separateAffine: AffineScheme = (host) => {
  const own = host.copyParameters();
  return {
    weights: present(own),
    isOwn: true,
    rows: (domains) =>
      stackedRows(
        domains.map((domain) => own[domain]!),
        host.channels,
      ),
    adopt: (domain, from) => {
      const [source, target] = [own[from]!, own[domain]!];
      copyValues(source.gamma, target.gamma);
      copyValues(source.beta, target.beta);
    },
  };
};

/** Copies the values: an optimizer may change those of either in their place. */
function copyValues(from: tf.LayerVariable | undefined, to: tf.LayerVariable | undefined): void {
  if (from === undefined || to === undefined) return;
  tf.tidy(() => {
    to.write(tf.tensor1d(from.read().dataSync<'float32'>().slice()));
  });
}

function present(parameters: readonly AffineWeights[]): tf.LayerVariable[] {
  return parameters
    .flatMap(({ gamma, beta }) => [gamma, beta])
    .filter((weight) => weight !== undefined);
}

/** Stacks several γ and β, [parameters, channels]. */
export function stackedRows(parameters: readonly AffineWeights[], channels: number): AffineRows {
  const stack = (weight: keyof AffineWeights, absent: number) => {
    const [first, ...others] = parameters.flatMap((own) => own[weight]?.read() ?? []);
    const shape: [number, number] = [parameters.length, channels];
    if (first === undefined) return tf.fill<tf.Rank.R2>(shape, absent);
    // To stack one row, and to take its gradient apart, takes longer than to normalize a small batch.
    if (others.length === 0) return tf.reshape<tf.Rank.R2>(first, shape);
    return tf.stack([first, ...others]) as tf.Tensor2D;
  };
  return { gamma: stack('gamma', 1), beta: stack('beta', 0) };
}

import * as tf from '@tensorflow/tfjs';
import { stackedRows, type AffineHost, type AffineScheme } from './affine.ts';

/** The networks that give the domains their changes of γ and β. */
export interface ConditionalShape {
  /** Width of the hidden layer. */
  readonly hidden: number;
  /** Length of a learned code of each domain; null for one unit per domain. */
  readonly embedding: number | null;
}

/**
 * One γ and β for all domains, plus changes for each from two-layer ReLU perceptrons of the domain's
 * code e: γd = γ + W₂·max(0, W₁e + b₁) + b₂, and likewise β (de Vries et al., NeurIPS 2017, eq. 4).
 * W₂ and b₂ start at 0, so that all domains start from γ and β.
 */
export function conditionalAffine({ hidden, embedding }: ConditionalShape): AffineScheme {
  return (host) => {
    const { gamma, beta, channels, domains } = host;
    const count = domains.length;
    const code =
      embedding === null || (gamma ?? beta) === undefined
        ? null
        : host.add('embedding', [count, embedding], tf.initializers.randomNormal({ stddev: 1 }));
    const width = embedding ?? count;
    const changes = {
      gamma: gamma && perceptron(host, 'gamma_network', [width, hidden, channels]),
      beta: beta && perceptron(host, 'beta_network', [width, hidden, channels]),
    };
    const own = [gamma, beta, code ?? undefined];
    const weights = [
      ...own,
      ...(changes.gamma?.weights ?? []),
      ...(changes.beta?.weights ?? []),
    ].filter((weight) => weight !== undefined);
    return {
      weights,
      isOwn: weights.length > 0,
      rows: (ids) => {
        const units = tf.tensor2d(
          ids.map((id) => domains.map((_, domain) => Number(domain === id))),
        );
        const codes: tf.Tensor2D = code === null ? units : tf.matMul(units, code.read());
        const common = stackedRows([host], channels);
        const changed = (row: tf.Tensor2D, network: Perceptron | undefined): tf.Tensor2D =>
          tf.add(network?.output(codes) ?? tf.zeros([ids.length, channels]), row);
        return {
          gamma: changed(common.gamma, changes.gamma),
          beta: changed(common.beta, changes.beta),
        };
      },
      adopt: (domain, from) => {
        // A unit's own weights are those that lead from it.
        const { gamma, beta } = changes;
        const kernels = [gamma, beta].flatMap((network) => network?.hiddenKernel ?? []);
        for (const rows of code === null ? kernels : [code]) copyRow(rows, from, domain);
      },
    };
  };
}

function copyRow(weight: tf.LayerVariable, from: number, to: number): void {
  const value = weight.read();
  const values = value.dataSync<'float32'>().slice();
  const width = values.length / value.shape[0];
  values.copyWithin(to * width, from * width, (from + 1) * width);
  tf.tidy(() => {
    weight.write(tf.tensor(values, value.shape));
  });
}

interface Perceptron {
  readonly weights: readonly tf.LayerVariable[];
  /** A row for each input. */
  readonly hiddenKernel: tf.LayerVariable;
  /** Maps [n, inputs] to [n, outputs]. */
  output(codes: tf.Tensor2D): tf.Tensor2D;
}

function perceptron(
  host: AffineHost,
  name: string,
  [inputs, hidden, outputs]: readonly [number, number, number],
): Perceptron {
  const { glorotNormal, zeros } = tf.initializers;
  const hiddenKernel = host.add(`${name}/hidden_kernel`, [inputs, hidden], glorotNormal({}));
  const hiddenBias = host.add(`${name}/hidden_bias`, [hidden], zeros());
  const kernel = host.add(`${name}/kernel`, [hidden, outputs], zeros());
  const bias = host.add(`${name}/bias`, [outputs], zeros());
  const linear = (x: tf.Tensor2D, w: tf.LayerVariable, b: tf.LayerVariable): tf.Tensor2D =>
    tf.add(tf.matMul(x, w.read() as tf.Tensor2D), b.read());
  return {
    weights: [hiddenKernel, hiddenBias, kernel, bias],
    hiddenKernel,
    output: (codes) => linear(tf.relu(linear(codes, hiddenKernel, hiddenBias)), kernel, bias),
  };
}

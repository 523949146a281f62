import { afterAll, beforeAll, expect, it } from 'vitest';
import { STARTING_POINTS, STRATEGY_AXES } from '../../src/protocol/strategies.ts';
import { HEALTHY_NETS } from './faultExperiment.ts';
import { draw, handwrittenDigits } from './handwrittenDigits.ts';
import { Project } from './project.ts';

const project = new Project();

const sequential = (layers: string) => `tf.sequential({ layers: [${layers}\n  ] })`;
const NETS = {
  convolutional: sequential(HEALTHY_NETS.conv),
  dense: sequential(HEALTHY_NETS.dense),
  separable: sequential(HEALTHY_NETS.separable),
  residual: `{
    const normalized = (name, x) =>
      tf.layers.batchNormalization({ name }).apply(
        tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', useBias: false }).apply(x),
      );
    const input = tf.input({ shape: inputShape });
    const small = tf.layers.averagePooling2d({ poolSize: 4 }).apply(input);
    const first = tf.layers.reLU().apply(normalized('bn1', small));
    const sum = tf.layers.add().apply([first, normalized('bn2', first)]);
    const branch = tf.layers.reLU().apply(normalized('bn3', small));
    const both = tf.layers.concatenate().apply([tf.layers.reLU().apply(sum), branch]);
    const features = tf.layers.globalAveragePooling2d({}).apply(both);
    return tf.model({ inputs: input, outputs: tf.layers.dense({ units: classes }).apply(features) });
  }`,
} as const;

const SPLIT = '{ train: 0.4, validation: 0.2, test: 0.4 }';
const DOMAINS = {
  two: `
    synthetic: { kind: 'synthetic', data: idx('a-images.idx', 'a-labels.idx') },
    real: { kind: 'real', data: idx('b-images.idx', 'b-labels.idx'), split: ${SPLIT} },`,
  three: `
    synthetic: { kind: 'synthetic', data: idx('a-images.idx', 'a-labels.idx') },
    photos: { kind: 'real', data: idx('c-images.idx', 'c-labels.idx'), split: ${SPLIT}, labels: 20 },
    real: { kind: 'real', data: idx('b-images.idx', 'b-labels.idx'), split: ${SPLIT}, labels: 'none' },`,
} as const;

/** Discriminators of the usual size would take most of the time. */
const SETTINGS = '{ adversarial: { units: [16] }, cdan: { units: [16] } }';

function experiment(net: keyof typeof NETS, domains: keyof typeof DOMAINS): string {
  return `import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, idx } from 'bn-lens';

export default defineExperiment({
  domains: {${DOMAINS[domains]}
  },
  model: ({ inputShape, classes }) => ${NETS[net]},
  train: { epochs: 1, batchSize: 16, optimizer: adamW() },
  strategies: ${SETTINGS},
});
`;
}

beforeAll(() => {
  const digits = draw(handwrittenDigits(), 240, 1);
  project.writeDigits('a', digits.slice(0, 100));
  project.writeDigits('b', digits.slice(100, 180));
  project.writeDigits('c', digits.slice(180));
});
afterAll(() => {
  project.remove();
});

const nets = Object.keys(NETS) as (keyof typeof NETS)[];
const counts = Object.keys(DOMAINS) as (keyof typeof DOMAINS)[];
const strategies = [
  ...Object.values(STRATEGY_AXES).flatMap((axis) => axis.map(({ name }) => name)),
  ...STARTING_POINTS.map(({ name }) => name).filter((name) => name.includes('+')),
];
// Neighbours on an axis meet different nets, and every net meets two and three domains.
const cases = strategies.map(
  (strategy, index) => [strategy, nets[index % 4]!, counts[Math.floor(index / 4) % 2]!] as const,
);

it.each(cases)(
  '%s trains a %s net on %s domains and is tested on real digits',
  async (...words) => {
    const [strategy, net, domains] = words;
    const file = project.write(`${net}-${domains}.bn.ts`, experiment(net, domains));
    const report = await project.train(file, '--strategy', strategy, '--seed', '3');
    expect(report.reason).toBe('finished');
    expect(report.strategy.split('+')).toEqual(expect.arrayContaining(strategy.split('+')));
    expect(report.metrics['real']?.['test']?.n).toBe(32);
  },
);

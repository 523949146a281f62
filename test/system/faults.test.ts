import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { permutation, randomStream } from '../../src/stats/random.ts';
import { faultExperiment, HEALTHY_NETS, type ExperimentParts } from './faultExperiment.ts';
import { draw, handwrittenDigits, type Digit } from './handwrittenDigits.ts';
import { Project, reportOf, type TrainReport } from './project.ts';

/** Processes at a time: each computes on one core. */
const JOBS = 2;
const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'digits');

const digits = handwrittenDigits();

/** Something to train on, and how. */
interface Case extends ExperimentParts {
  readonly strategy?: string;
  readonly seed?: number;
  /** Writes the digits `a` and `b`; by default 1,000 handwritten ones each. */
  readonly data?: (project: Project, seed: number) => void;
}

function writeHalves(a: number, b: number, change = (drawn: Digit[]) => drawn) {
  return (project: Project, seed: number): void => {
    const drawn = draw(digits, a + b, seed);
    project.writeDigits('a', drawn.slice(0, a));
    project.writeDigits('b', change(drawn.slice(a)));
  };
}

/** Typeset digits, and 100 handwritten ones to train on. */
function writeTypeset(project: Project): void {
  for (const part of ['images', 'labels']) {
    project.write(`a-${part}.idx`, readFileSync(join(EXAMPLE, `synthetic-${part}.idx.gz`)));
    project.write(`b-${part}.idx`, readFileSync(join(EXAMPLE, `real-${part}.idx.gz`)));
  }
}

/** Trains, whether the run ends well or not. */
async function train(one: Case): Promise<TrainReport> {
  const { strategy = 'shared', seed = 1, data = writeHalves(1_000, 1_000), ...parts } = one;
  const project = new Project();
  try {
    data(project, seed);
    project.write('digits.bn.ts', faultExperiment(parts));
    const words = ['--strategy', strategy, '--seed', String(seed), '--threads', '1', '--json'];
    const { stdout, stderr } = await project.run('train', 'digits.bn.ts', ...words);
    if (stdout === '') throw new Error(stderr);
    return reportOf(stdout);
  } finally {
    project.remove();
  }
}

async function trainAll<K extends string>(cases: Record<K, Case>): Promise<Map<K, TrainReport>> {
  const waiting = Object.entries(cases) as [K, Case][];
  const reports = new Map<K, TrainReport>();
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      reports.set(next[0], await train(next[1]));
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
  return reports;
}

const { conv, dense } = HEALTHY_NETS;

/** Every pixel elsewhere, the same for all images: nothing that holds for others holds for these. */
function scrambled(drawn: Digit[]): Digit[] {
  const order = permutation(28 * 28, randomStream(1, 'scrambled'));
  return drawn.map(({ label, pixels }) => ({
    label,
    pixels: Uint8Array.from(order, (from) => pixels[from]!),
  }));
}

const FAULTY = {
  careless: {
    epochs: 1,
    layers: `
      tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 3, strides: 2, trainable: false }),
      tf.layers.batchNormalization({ name: 'bn1' }),
      tf.layers.reLU(),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 16, useBias: false }),
      tf.layers.batchNormalization({ name: 'bn2', momentum: 0.9 }),
      tf.layers.dense({ units: classes }),`,
  },
  overflow: { optimizer: 'sgd({ learningRate: 1e30 })' },
  dead: {
    layers: `
      tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 3, strides: 2, activation: 'relu',
        kernelInitializer: tf.initializers.constant({ value: -1 }) }),
      tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({ units: classes }),`,
  },
  twiceRescaled: { preprocess: 'rescale(1 / 255 / 255)' },
  wild: { optimizer: 'sgd({ learningRate: 30 })' },
  lost: {
    model: `{
      const image = tf.input({ shape: inputShape });
      const flat = tf.layers.flatten().apply(image);
      const branch = (name) =>
        tf.layers.reLU().apply(tf.layers.batchNormalization({ name, momentum: 0.9 })
          .apply(tf.layers.dense({ units: 16, useBias: false }).apply(flat)));
      const lost = tf.layers.dense({ units: 16, trainable: false,
        kernelInitializer: tf.initializers.constant({ value: 1e-9 }) }).apply(branch('bn1'));
      const sum = tf.layers.add().apply([lost, branch('bn2')]);
      return tf.model({ inputs: image, outputs: tf.layers.dense({ units: classes }).apply(sum) });
    }`,
  },
  unlabelled: { strategy: 'separate', real: "data: idx('b-images.idx')" },
  unequal: {
    strategy: 'separate',
    epochs: 1,
    real: "data: idx('b-images.idx', 'b-labels.idx'), split: { train: 3 }",
  },
  small: { batchSize: 4, epochs: 1, layers: dense },
  regularized: {
    epochs: 1,
    layers: conv.replace("'bn1'", "'bn1', gammaRegularizer: tf.regularizers.l2({ l2: 50 })"),
    optimizer: 'sgd({ learningRate: 5e-3 })',
  },
  otherWorld: {
    epochs: 8,
    optimizer: 'adamW({ learningRate: 3e-3 })',
    real: "data: idx('b-images.idx', 'b-labels.idx'), split: { train: 20, validation: 300, test: 10 }",
    data: writeHalves(1_000, 330, scrambled),
  },
  outwitted: {
    strategy: 'shared+adversarial',
    strategies: '{ adversarial: { units: [64], weight: 1e-3 } }',
    epochs: 5,
    data: writeHalves(1_000, 1_000, scrambled),
  },
  blind: {
    strategy: 'shared+adversarial',
    strategies: '{ adversarial: { units: [64] } }',
    epochs: 3,
    data: writeHalves(1_000, 1_000, scrambled),
    layers: conv.replace(
      'tf.layers.flatten(),',
      `tf.layers.flatten(),
      tf.layers.dense({ units: 16, activation: 'relu',
        kernelInitializer: tf.initializers.constant({ value: -1 }) }),`,
    ),
  },
} as const satisfies Record<string, Case>;

describe('a run with an injected fault', () => {
  let reports: Map<keyof typeof FAULTY, TrainReport>;
  beforeAll(async () => {
    reports = await trainAll<keyof typeof FAULTY>(FAULTY);
  });

  it.each<[keyof typeof FAULTY, string, string | null]>([
    ['careless', 'statistics-lag', 'bn1'],
    ['careless', 'bias-before-norm', 'bn1'],
    ['careless', 'frozen-statistics-move', 'bn1'],
    ['careless', 'dropout-before-norm', 'bn2'],
    ['careless', 'redundant-beta', 'bn2'],
    ['overflow', 'not-finite', 'bn1'],
    ['dead', 'dead-channels', 'bn1'],
    ['twiceRescaled', 'vanishing-activations', 'bn1'],
    ['wild', 'exploding-activations', 'bn1'],
    ['wild', 'exploding-gradients', 'bn1'],
    ['wild', 'dead-channels', 'bn2'],
    ['lost', 'vanishing-gradients', 'bn1'],
    ['unlabelled', 'starved-branch', null],
    ['unequal', 'starved-branch', null],
    ['small', 'batch-too-small', 'bn1'],
    ['regularized', 'gamma-collapse', 'bn1'],
    ['otherWorld', 'synthetic-overfitting', null],
    ['outwitted', 'discriminator-winning', null],
    ['blind', 'discriminator-dead', null],
  ])('%s: %s at %s', (name, code, site) => {
    const faults = reports.get(name)!.faults;
    expect(faults.map((fault) => [fault.code, fault.site])).toContainEqual([code, site]);
  });

  it('fails where its numbers do, after it has said at which layer and step', () => {
    const { reason, faults } = reports.get('overflow')!;
    expect(reason).toBe('failed');
    const fault = faults.find(({ code }) => code === 'not-finite');
    expect(fault).toMatchObject({ step: 2, severity: 'warning', domain: 'synthetic' });
    expect(fault?.message).toContain('bn1');
  });

  it('points at the line of the layer', () => {
    const { faults } = reports.get('careless')!;
    const lines = faultExperiment(FAULTY.careless).split('\n');
    for (const { site, line } of faults) expect(lines[line! - 1]).toContain(`name: '${site}'`);
  });

  it.each<[keyof typeof FAULTY, string[]]>([
    ['twiceRescaled', ['vanishing-activations']],
    ['lost', ['vanishing-gradients']],
    ['unlabelled', ['starved-branch']],
    ['small', ['batch-too-small']],
    ['otherWorld', ['synthetic-overfitting']],
    ['outwitted', ['discriminator-winning']],
  ])('%s: nothing but %s', (name, codes) => {
    const found = new Set(reports.get(name)!.faults.map(({ code }) => code));
    expect([...found]).toEqual(codes);
  });
});

it('finds no fault in 23 healthy runs on different nets, data, strategies and seeds', async () => {
  const data = {
    typeset: {
      data: writeTypeset,
      real: "data: idx('b-images.idx', 'b-labels.idx'), split: { train: 100, validation: 200, test: 200 }",
      epochs: 1,
    },
    halves: { data: writeHalves(1_000, 1_000), epochs: 4 },
    few: { data: writeHalves(1_000, 60), epochs: 4 },
  };
  const discriminator = '{ units: [64, 64] }';
  const strategies = `{ adversarial: ${discriminator}, cdan: ${discriminator} }`;
  const nets = Object.entries(HEALTHY_NETS);
  const short = nets.flatMap(([net, layers]) =>
    Object.entries(data).flatMap(([name, parts]) =>
      ['shared', 'separate'].map((strategy) => [
        `${net}, ${name}, ${strategy}`,
        { ...parts, layers, strategy },
      ]),
    ),
  );
  const long = ['shared', 'separate'].map((strategy) => [
    `dense, Keras's momentum, ${strategy}`,
    {
      layers: dense.replaceAll('momentum: 0.9', 'momentum: 0.99'),
      optimizer: 'sgd({ learningRate: 0.05, momentum: 0.9 })',
      epochs: 15,
      strategy,
    },
  ]);
  const aligned = [
    { strategy: 'shared+adversarial', ...data.typeset, epochs: 3 },
    { strategy: 'separate+cdan+bsp', ...data.halves },
    { strategy: 'separate+mmd+coral', ...data.typeset, epochs: 3 },
  ].map((parts) => [parts.strategy, { ...parts, layers: conv, strategies }]);
  const cases = [...short, ...long, ...aligned].map(([name, one], index) => [
    name,
    { ...(one as Case), seed: index + 1 },
  ]);
  expect(cases).toHaveLength(23);
  const reports = await trainAll(Object.fromEntries(cases) as Record<string, Case>);
  for (const [name, { reason, faults }] of reports) {
    expect([name, reason, faults]).toEqual([name, 'finished', []]);
  }
});

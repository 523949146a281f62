import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunFile } from '../../src/protocol/run.ts';
import { readRun } from '../../src/runs/runTailer.ts';
import { draw, handwrittenDigits } from './handwrittenDigits.ts';
import { rows, until } from './observe.ts';
import { Project, reportOf } from './project.ts';
import { unhurried, UNHURRIED } from './unhurried.ts';

const project = new Project();

/** Two synthetic domains, of which one has few labels and may be real, and a real one. */
function experiment(options: {
  readonly b?: string;
  readonly real?: string;
  readonly train?: string;
  readonly strategies?: string;
}): string {
  const { b = 'synthetic', real = "'all'", train = '', strategies = '' } = options;
  const data = (name: string) => `idx('${name}-images.idx', '${name}-labels.idx')`;
  return `import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, idx } from 'bn-lens';

export default defineExperiment({
  domains: {
    a: { kind: 'synthetic', data: ${data('a')} },
    b: { kind: '${b}', data: ${data('b')}, labels: 40 },
    real: {
      kind: 'real',
      data: ${data('real')},
      split: { train: 0.5, validation: 0.25, test: 0.25 },
      labels: ${real},
    },
  },
  model: ({ inputShape, classes }) =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 3, strides: 2, name: 'conv1', useBias: false }),
        tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
        tf.layers.reLU(),
        tf.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, name: 'conv2', useBias: false }),
        tf.layers.batchNormalization({ name: 'bn2', momentum: 0.9 }),
        tf.layers.reLU(),
        tf.layers.flatten(),
        tf.layers.dense({ units: classes, name: 'scores' }),
      ],
    }),
  train: {
    epochs: 2,
    batchSize: 16,
    optimizer: adamW({ learningRate: 1e-3, decay: 'all' }),
    ${train}
  },
  record: { probeEvery: 4, channelsEvery: 8, mmdEvery: 8 },
  strategies: { ${strategies} },
});
`;
}

const runFile = (run: string) =>
  JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as Required<RunFile>;

beforeAll(() => {
  const digits = draw(handwrittenDigits(), 560, 3);
  project.writeDigits('a', digits.slice(0, 240));
  project.writeDigits('b', digits.slice(240, 400));
  project.writeDigits('real', digits.slice(400));
});
afterAll(() => {
  project.remove();
});

describe('fine-tuning', () => {
  it.each(['finetune-frozen', 'finetune-updated'])(
    '%s trains on synthetic, then on real images, and probes the others',
    async (schedule) => {
      project.write('digits.bn.ts', experiment({}));
      const report = await project.train('digits.bn.ts', '--strategy', `shared+${schedule}`);
      const { phases, domains } = runFile(report.run);
      // 216 and 80 training images in batches of 16, twice each.
      expect(phases).toMatchObject([
        { name: 'pretrain', domains: [0, 1], firstStep: 1, steps: 28, judges: [0, 1] },
        { name: 'finetune', domains: [2], firstStep: 29, steps: 10, judges: [2] },
      ]);
      expect(domains.map(({ trainLabels }) => trainLabels)).toEqual([216, 40, 80]);
      expect(report.steps).toBe(38);
      const { tables, events } = await readRun(report.run);
      const { steps, sites, pairs } = tables;
      const seen = (table: typeof sites, domain: number) => [
        ...new Set(table?.step.filter((_, row) => table.domain[row] === domain)),
      ];
      const range = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, k) => from + k);
      expect([...new Set(steps?.step.filter((_, row) => steps.domain[row] === 2))]).toEqual(
        range(29, 38),
      );
      expect(seen(sites, 0)).toEqual([...range(1, 28), 32, 36]);
      expect(seen(sites, 2)).toEqual([4, 8, 12, 16, 20, 24, 28, ...range(29, 38)]);
      // The synthetic domains are compared in each step that trains on both, all others in probes.
      const compared = (pair: number) => [
        ...new Set(pairs?.step.filter((_, row) => pairs.pair[row] === pair)),
      ];
      expect(compared(0)).toEqual([...range(1, 28), 32, 36]);
      expect(compared(1)).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36]);
      expect(events.flatMap((event) => (event.type === 'phase' ? [event.step] : []))).toEqual([
        1, 29,
      ]);
      expect([...new Set(tables.mmd?.step)]).toEqual([8, 16, 24, 32]);
    },
  );

  it('measures real domains with what the one synthetic branch has learned, until they have their own', async () => {
    project.write('digits.bn.ts', experiment({ b: 'real' }));
    const measured = async (normalization: string) => {
      const strategy = `${normalization}+finetune-frozen`;
      const { run } = await project.train('digits.bn.ts', '--strategy', strategy);
      const pretrained = runFile(run).phases[0]!.steps;
      return (await readRun(run, { tables: [] })).events.flatMap((event) =>
        event.type === 'eval' && event.step <= pretrained && event.domain > 0
          ? [[event.step, event.domain, event.loss]]
          : [],
      );
    };
    const shared = await measured('shared');
    expect(shared).toHaveLength(4);
    // Of one domain alone the statistics of all are its own.
    expect(await measured('separate')).toEqual(shared);
  });

  it.each([0, 1])('goes on in phase %i as if never stopped', async (phase) => {
    const text = experiment({ train: 'earlyStopping: { patience: 2 },' });
    project.write('digits.bn.ts', unhurried(text));
    const words = ['digits.bn.ts', '--strategy', 'separate+finetune-updated', '--epochs', '4'];
    const whole = await project.train(...words);
    const out = project.path(`stopped-${phase}`);
    vi.stubEnv(UNHURRIED, 'yes');
    const training = project.run('train', ...words, '--out', out);
    vi.unstubAllEnvs();
    const run = await until(() => {
      const [name] = existsSync(out) ? readdirSync(out) : [];
      return Promise.resolve(name === undefined ? undefined : join(out, name));
    });
    await until(async () => {
      const { events } = await readRun(run, { tables: [] });
      const begin = events.find((event) => event.type === 'phase' && event.phase === phase);
      return begin === undefined ? undefined : true;
    });
    appendFileSync(join(run, 'control.ndjson'), '{"t":0,"by":"test","type":"stop"}\n');
    expect((await training).code).toBe(130);
    const resumed = await project.run('train', '--resume', run, '--json');
    expect(resumed.code).toBe(0);
    const report = reportOf(resumed.stdout);
    expect(report.metrics).toEqual(whole.metrics);
    expect(report.lossesSha256).toBe(whole.lossesSha256);
    expect(await rows(run)).toEqual(await rows(whole.run));
    const begun = async (directory: string) =>
      (await readRun(directory, { tables: [] })).events.flatMap((event) =>
        event.type === 'phase' ? [{ ...event, t: 0 }] : [],
      );
    expect(await begun(run)).toEqual(await begun(whole.run));
  });

  it.each([
    {
      strategies: "'finetune-frozen': { layers: ['score'] }",
      message: /no layer "score" to train/,
    },
    {
      strategies: "'finetune-frozen': { statisticsUsed: 'running' }",
      message: /strategies\.finetune-frozen\.statisticsUsed: must be 'batch' or 'moving'/,
    },
    { real: "'none'", message: /"finetune-frozen" has no real domain with labels to fine-tune on/ },
  ])('that cannot be is refused in a sentence: $message', async ({ message, ...options }) => {
    project.write('digits.bn.ts', experiment(options));
    const { code, stderr } = await project.run(
      'train',
      'digits.bn.ts',
      '--strategy',
      'shared+finetune-frozen',
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('labels that may not be trained on', () => {
  it('bring statistics but no loss, and choose no checkpoint', async () => {
    project.write('digits.bn.ts', experiment({ real: "'none'" }));
    const report = await project.train('digits.bn.ts', '--strategy', 'shared');
    const { phases, domains, oracle, controls } = runFile(report.run);
    expect(domains.map(({ labelled }) => labelled)).toEqual([true, true, false]);
    expect([phases[0]?.judges, oracle]).toEqual([[0, 1], undefined]);
    expect(controls).toEqual([{ domain: 2, halves: [40, 40] }]);
    const { tables } = await readRun(report.run);
    const losses = tables.steps?.loss.filter((_, row) => tables.steps?.domain[row] === 2);
    expect(losses).toHaveLength(report.steps);
    expect([...(losses ?? [])].every(Number.isNaN)).toBe(true);
    expect(report.faults.map(({ code }) => code)).not.toContain('oracle-selection');
    expect(report.metrics['real']?.['test']?.n).toBe(40);
  });

  it("mark the run as an oracle's if they choose all the same", async () => {
    const train = "selection: ['real'],";
    project.write('digits.bn.ts', experiment({ real: "'none'", train }));
    const report = await project.train('digits.bn.ts', '--strategy', 'shared');
    expect(runFile(report.run)).toMatchObject({ oracle: true, phases: [{ judges: [2] }] });
    expect(report.faults).toContainEqual(
      expect.objectContaining({ code: 'oracle-selection', step: 0, domain: 'real' }),
    );
  });

  it('may be of some images only, which every batch brings', async () => {
    project.write('digits.bn.ts', experiment({ real: '20' }));
    const report = await project.train('digits.bn.ts', '--strategy', 'separate');
    const { phases, domains, oracle } = runFile(report.run);
    expect(oracle).toBe(true);
    expect(domains[2]).toMatchObject({ labelled: true, trainLabels: 20, effectiveImages: 60 });
    expect(phases[0]?.judges).toEqual([2]);
    const { tables } = await readRun(report.run);
    const losses = tables.steps?.loss.filter((_, row) => tables.steps?.domain[row] === 2);
    expect([...(losses ?? [NaN])].every(Number.isFinite)).toBe(true);
  });
});

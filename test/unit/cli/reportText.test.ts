import { describe, expect, it } from 'vitest';
import { describeReport } from '../../../src/cli/reportText.ts';
import type { RunReport } from '../../../src/cli/runReport.ts';

const FINISHED: RunReport = {
  run: '/project/.bn-lens/runs/20261122-141503-digits-shared-s1',
  name: '20261122-141503-digits-shared-s1',
  experiment: '/project/examples/digits.bn.ts',
  strategy: 'shared',
  normalization: null,
  oracle: false,
  phases: [],
  probes: null,
  seed: 1,
  backend: 'wasm',
  threads: 1,
  reason: 'finished',
  error: null,
  steps: 1240,
  totalSteps: 1240,
  epochs: 10,
  stepMs: { median: 41.3 },
  bestStep: 1116,
  metrics: {
    synthetic: { validation: { accuracy: 0.99, n: 400, low: 0.97, high: 0.995, loss: 0.03 } },
    real: {
      validation: { accuracy: 0.9, n: 400, low: 0.87, high: 0.93, loss: 0.4 },
      test: { accuracy: 0.934, n: 1400, low: 0.9205, high: 0.9453, loss: 0.31 },
    },
  },
  unadapted: null,
  adaptations: [],
  scales: null,
  advice: [],
  flags: [
    {
      site: 'bn1',
      pair: ['synthetic', 'real'],
      handling: 'mixed',
      step: 31,
      eValue: 1.4e7,
      logE: Math.log(1.4e7),
      gap: 0.531,
      floor: 0.02,
      onset: 4,
      channels: [2, 0],
      clearedAt: null,
      file: '/project/examples/digits.bn.ts',
      line: 31,
    },
  ],
  mmd: [
    {
      site: 'bn1',
      pair: ['synthetic', 'real'],
      step: 1200,
      mmd2: 0.2134,
      estimator: 'unbiased',
      bandwidthRule: 'five-kernels',
      bandwidths: [1, 1.4, 2, 2.8, 4],
      n: 64,
      m: 64,
      p: 0.005,
      permutations: 199,
      window: {
        step: 1200,
        mmd2: 0.19876,
        expected: 0.001,
        floor95: 0.00421,
        floor99: 0.006,
        estimator: 'fourier',
        bandwidthRule: 'five-kernels',
        bandwidths: [1, 1.4, 2, 2.8, 4],
        frequencies: 16,
        batches: 20,
        fromStep: 250,
        n: 1280,
        m: 1280,
      },
    },
  ],
  faults: [],
  losses: {},
  lossesSha256: '',
  warnings: [],
  resumable: false,
};

describe('describeReport', () => {
  it('says how far BatchNorm stretches what spectral bounds', () => {
    const scales = { bn1: 3.217, bn2: null };
    expect(describeReport({ ...FINISHED, scales }, '/project')).toContain('bn1 3.22, bn2 –');
  });

  it('says what is worth trying, and why', () => {
    const advice = [{ strategy: 'separate', reason: 'They differ.', source: 'Chang 2019' }];
    expect(describeReport({ ...FINISHED, advice }, '/project')).toContain(
      'Worth trying\n  --strategy separate\n    They differ. (Chang 2019)\n',
    );
    expect(describeReport(FINISHED, '/project')).not.toContain('Worth trying');
  });

  it('sets the test without the adaptation below, and says how many images are enough', () => {
    const layer = { layer: 'bn2', site: 1, meanSe: 0.2, logDeviationSe: 0.15, enough: 200 };
    const text = describeReport(
      {
        ...FINISHED,
        unadapted: {
          real: { test: { accuracy: 0.9, n: 1400, low: 0.88, high: 0.92, loss: 0.4 } },
        },
        adaptations: [
          {
            domain: 'real',
            name: 'adabn',
            images: 50,
            layers: [{ ...layer, layer: 'bn1', enough: 3 }, layer],
            entropies: [],
          },
        ],
      },
      '/project',
    );
    expect(text).toContain('  real             93.4%  [92.0%, 94.5%]  n = 1400\n');
    expect(text).toContain('    without adabn  90.0%  [88.0%, 92.0%]  n = 1400\n');
    expect(text).toContain(
      'Statistics of 50 training images of real (adabn): errors up to 0.20 deviations (bn2); about 200 are enough for 0.1.',
    );
  });

  it('names faults with their place and remedy', () => {
    const fault = {
      code: 'bias-before-norm',
      severity: 'information',
      step: 0,
      site: 'bn1',
      domain: null,
      message: 'bn1 subtracts the bias of conv',
      hint: 'Give conv useBias: false.',
      file: '/project/examples/digits.bn.ts',
      line: 31,
    } as const;
    const run = { ...fault, code: 'starved-branch', site: null, file: null, line: null } as const;
    expect(describeReport({ ...FINISHED, faults: [fault, run] }, '/project')).toContain(
      [
        '',
        'Faults',
        '  information: bn1 subtracts the bias of conv (bias-before-norm) [examples/digits.bn.ts:31]',
        '    Give conv useBias: false.',
        '  warning: bn1 subtracts the bias of conv (starved-branch)',
        '    Give conv useBias: false.',
        '',
      ].join('\n'),
    );
  });

  it('leads with the real test accuracy and names flagged layers with their place', () => {
    expect(describeReport(FINISHED, '/project')).toBe(
      [
        'digits.bn.ts · shared · seed 1 · wasm · 1240 of 1240 steps, 41 ms each',
        '',
        'Accuracy on real test data, checkpoint of step 1116',
        '  real  93.4%  [92.0%, 94.5%]  n = 1400',
        '',
        'Flagged layers: their domains differ',
        '  bn1  synthetic | real  mixed  gap 0.53 (floor 0.02)  e = 1.4×10⁷ at step 31  MMD² 0.213 (p = 0.005), of 20 batches 0.1988 (95% floor 0.0042)  examples/digits.bn.ts:31',
        '',
        'Run: .bn-lens/runs/20261122-141503-digits-shared-s1',
        '',
      ].join('\n'),
    );
  });

  it('leaves out the MMD that an older run did not test', () => {
    const [estimate] = FINISHED.mmd.map((mmd) => ({ ...mmd, p: null, permutations: null }));
    const untested = { ...FINISHED, mmd: estimate === undefined ? [] : [estimate] };
    expect(describeReport(untested, '/project')).not.toContain('MMD');
  });

  it('says that nothing is flagged only of a run that finished', () => {
    const none = 'No layer is flagged.';
    expect(describeReport({ ...FINISHED, flags: [] }, '/')).toContain(none);
    expect(describeReport({ ...FINISHED, flags: [], reason: 'stopped' }, '/')).not.toContain(none);
  });

  it('says of a run in phases in how many looks nothing was flagged', () => {
    const text = describeReport({ ...FINISHED, flags: [], probes: 34 }, '/');
    expect(text).toContain('No layer is flagged, by 34 looks at what was not trained on;');
  });

  it('tells how to go on with a run that died or was stopped', () => {
    const died = {
      ...FINISHED,
      reason: 'died',
      error: 'The trainer died.',
      stepMs: null,
      resumable: true,
    } as const;
    expect(describeReport(died, '/project')).toMatch(
      /The trainer died\.\nGo on with: bn-lens train --resume \.bn-lens\/runs\/20261122/,
    );
    expect(describeReport({ ...died, resumable: false }, '/project')).toContain(
      'The trainer died.\nIt died before its first checkpoint: train again.',
    );
    expect(describeReport({ ...FINISHED, reason: 'stopped' }, '/elsewhere')).toMatch(
      /Stopped\. Go on with: bn-lens train --resume \/project\/\.bn-lens/,
    );
  });

  it('says of a run in phases what each trains and how, and of an oracle that it is one', () => {
    const trained = {
      parametersTrained: true,
      parametersDecayed: true,
      statisticsUsed: 'batch',
      statisticsUpdated: true,
      layers: null,
      epochs: 2,
      rateFactor: 1,
      judges: ['real'],
    } as const;
    const first = { ...trained, name: 'pretrain', domains: ['a'], firstStep: 1, steps: 28 };
    const second = {
      ...trained,
      name: 'finetune',
      domains: ['real'],
      firstStep: 29,
      steps: 10,
      layers: ['dense'],
      parametersTrained: false,
      parametersDecayed: false,
      statisticsUsed: 'moving',
      statisticsUpdated: false,
    } as const;
    const phases = [first, second].map((phase) => ({ ...phase, stepsPerEpoch: 5 }));
    const text = describeReport({ ...FINISHED, oracle: true, phases }, '/project');
    expect(text).toContain('digits.bn.ts · shared (oracle) · seed 1');
    expect(text).toContain(
      `pretrain on a (from step 1, 28 steps at most): γ and β trained, decay as declared, batch statistics used, moving ones updated
finetune on real (from step 29, 10 steps at most; trains dense only): γ and β not trained, no decay, moving statistics used, moving ones kept`,
    );
    expect(describeReport({ ...FINISHED, phases: phases.slice(0, 1) }, '/')).not.toContain('28');
  });
});

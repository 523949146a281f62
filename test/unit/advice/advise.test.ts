import { describe, expect, it } from 'vitest';
import { advise } from '../../../src/advice/advise.ts';
import type {
  RunEvent,
  RunEventBody,
  RunMetrics,
  SplitMetrics,
} from '../../../src/protocol/events.ts';
import { RUN_SCHEMA, type RunFile } from '../../../src/protocol/run.ts';
import type { TableRow } from '../../../src/protocol/tables.ts';
import { STRATEGY_AXES } from '../../../src/protocol/strategies.ts';
import type { WhatIfReport } from '../../../src/protocol/whatIf.ts';

const NAMES: readonly string[] = Object.values(STRATEGY_AXES)
  .flat()
  .map(({ name }) => name);

/** An accuracy of 400 images with a margin of 4 points. */
function share(accuracy: number): SplitMetrics {
  return { accuracy, n: 400, low: accuracy - 0.04, high: accuracy + 0.04, loss: 1 };
}

const HEALTHY: RunMetrics = {
  synthetic: { validation: share(0.95) },
  real: { validation: share(0.93), test: share(0.92) },
};
const GAP: RunMetrics = { ...HEALTHY, real: { validation: share(0.7) } };

const FLAG: RunEventBody = {
  type: 'flag',
  step: 30,
  site: 0,
  pair: 0,
  handling: 'mixed',
  logE: 9,
  logThreshold: 4,
  gap: 0.5,
  gapFloor: 0.02,
};

const CLEARED: RunEventBody = {
  type: 'cleared',
  step: 60,
  site: 0,
  pair: 0,
  raisedAt: 30,
  logE: 9,
  logThreshold: 4,
};

function mmdAt(site: number, p: number): TableRow<'mmd'> {
  const kernels = { permutations: 199, bandwidth: 1, kernels: 5, n: 64, m: 64 };
  return { step: 50, site, pair: 0, mmd2: 0.3, p, ...kernels };
}

/** The closing evaluation of the real domain's validation images with the adaptation. */
function judged(gained: number, lost: number): RunEventBody {
  const place = { step: 171, epoch: 3, domain: 1, split: 'validation' } as const;
  return { type: 'eval', ...place, final: true, adapted: true, ...share(0.7), gained, lost };
}

function fault(code: 'starved-branch' | 'batch-too-small' | 'synthetic-overfitting'): RunEventBody {
  return { type: 'fault', code, step: 50, domain: 1, message: 'It was measured', hint: 'Mend it.' };
}

function runFile(strategy: string, labelled: boolean): RunFile {
  const images = { train: 100, validation: 300, test: 700 };
  const site = { call: 0, pooled: false, channels: 8, handling: 'mixed', frames: [] } as const;
  return {
    schema: RUN_SCHEMA,
    name: 'run',
    created: '2026-11-22T14:15:03.000Z',
    root: '../../..',
    experiment: 'digits.bn.ts',
    modules: [],
    strategy,
    seed: 1,
    epochs: 3,
    stepsPerEpoch: 57,
    batchSize: 64,
    backend: { name: 'wasm', threads: 2 },
    versions: {},
    host: 'here',
    classes: ['0', '1'],
    domains: [
      { name: 'synthetic', kind: 'synthetic', labelled: true, images },
      { name: 'real', kind: 'real', labelled, images },
    ],
    sites: ['bn1', 'bn2'].map((name) => ({ ...site, name, layer: name })),
    pairs: [{ a: 0, b: 1 }],
    controls: [],
    alignments: [],
    flags: { tolerance: 0.1, alpha: 0.05 },
    record: { channelsEvery: 50, mmdEvery: 50 },
    git: null,
  };
}

interface Case {
  readonly strategy?: string;
  readonly labelled?: boolean;
  readonly metrics?: RunMetrics;
  readonly unadapted?: RunMetrics;
  readonly events?: readonly RunEventBody[];
  readonly mmd?: readonly TableRow<'mmd'>[];
  readonly whatIf?: WhatIfReport;
  readonly reason?: 'finished' | 'stopped';
}

function adviceFor(given: Case) {
  const { strategy = 'shared', labelled = true, metrics = HEALTHY, events = [], mmd = [] } = given;
  const { reason = 'finished', unadapted, whatIf = null } = given;
  const place = { step: 171, epoch: 3, stepMs: { median: 1 }, bestStep: 114 };
  const ended: RunEventBody = {
    type: 'ended',
    reason,
    ...place,
    metrics,
    ...(unadapted && { unadapted }),
  };
  const timed = [...events, ended].map((body, t): RunEvent => ({ t, ...body }));
  return advise(runFile(strategy, labelled), timed, mmd, whatIf);
}

const strategies = (given: Case) => adviceFor(given).map(({ strategy }) => strategy);

function whatIf(gainLow: number): WhatIfReport {
  const trained = { accuracy: 0.9, low: 0.86, high: 0.94, n: 300 };
  const all = { ...trained, gain: gainLow + 0.02, gainLow, gainHigh: gainLow + 0.04 };
  const domains = [{ domain: 'real', images: 100, trained, layers: [], all }];
  return { run: 'run', step: 114, domains, seconds: 0.3 };
}

describe('no advice', () => {
  it.each<[string, Case]>([
    ['for a healthy run', {}],
    ['for a healthy run with a flag, as nothing is lost by it', { events: [FLAG] }],
    ['for worse real images alone, as nothing says why', { metrics: GAP }],
    ['for a flag that was taken back', { metrics: GAP, events: [FLAG, CLEARED] }],
    ['before the run is finished', { metrics: GAP, events: [FLAG], reason: 'stopped' }],
    [
      'for a run whose strategy is of another version',
      { strategy: 'newest', metrics: GAP, events: [FLAG] },
    ],
    ['for a gain that may be chance', { whatIf: whatIf(-0.01) }],
    ['for features that differ but cost nothing', { mmd: [mmdAt(1, 0.005)] }],
    [
      'for an adaptation whose loss may be chance',
      { strategy: 'tent', metrics: GAP, unadapted: HEALTHY, events: [judged(40, 60)] },
    ],
    ['for an adaptation that helps', { strategy: 'tent', metrics: HEALTHY, unadapted: GAP }],
  ])('%s', (_, given) => {
    expect(adviceFor(given)).toEqual([]);
  });
});

describe('advice', () => {
  it('is statistics of their own for labelled real images that share flagged layers and do worse', () => {
    const [advice, ...others] = adviceFor({ metrics: GAP, events: [FLAG] });
    expect(others).toEqual([]);
    expect(advice?.strategy).toBe('separate');
    expect(advice?.reason).toBe(
      'One set of statistics serves real and a domain that differs from it at bn1. Validation accuracy is 95.0% [91.0%, 99.0%] on synthetic images and 70.0% [66.0%, 74.0%] on real.',
    );
    expect(advice?.source).toMatch(/Chang/);
  });

  it('keeps the rest of the strategy', () => {
    expect(strategies({ strategy: 'shared+coral', metrics: GAP, events: [FLAG] })).toEqual([
      'separate+coral',
    ]);
  });

  it('is adabn where real images have no labels to train a branch with', () => {
    const given = { labelled: false, metrics: GAP, events: [FLAG] };
    expect(strategies(given)).toEqual(['shared+adabn']);
    expect(strategies({ ...given, strategy: 'shared+tent' })).toEqual([]);
    const [advice] = adviceFor(given);
    expect(advice?.reason).toMatch(
      /70\.0% \[66\.0%, 74\.0%\] on real \(an oracle's: by labels that may not be trained on\)\.$/,
    );
  });

  it('is adabn once a what-if has measured that it gains', () => {
    const [advice] = adviceFor({ strategy: 'separate', whatIf: whatIf(0.03) });
    expect(advice?.strategy).toBe('separate+adabn');
    expect(advice?.reason).toContain('the gain is at least 3.0% (95%)');
  });

  it('is mmd where the last layer still tells the domains apart and real images do worse', () => {
    expect(strategies({ metrics: GAP, mmd: [mmdAt(1, 0.005)] })).toEqual(['shared+mmd']);
    expect(strategies({ metrics: GAP, mmd: [mmdAt(0, 0.005)] })).toEqual([]);
    expect(strategies({ metrics: GAP, mmd: [mmdAt(1, 0.4)] })).toEqual([]);
    const aligned = { strategy: 'shared+coral', metrics: GAP, mmd: [mmdAt(1, 0.005)] };
    expect(strategies(aligned)).toEqual([]);
  });

  it('is to leave out an adaptation that makes validation worse', () => {
    const events = [judged(8, 100)];
    const given = { strategy: 'separate+tent', metrics: GAP, unadapted: HEALTHY, events };
    const [advice] = adviceFor(given);
    expect(advice).toEqual({
      strategy: 'separate',
      reason:
        "tent lowers the accuracy on real's 400 validation images from 93.0% to 70.0%: 100 become wrong, 8 right (p = 1.2e-21).",
      source: 'McNemar 1947',
    });
  });

  it.each([
    ['conditional', 'starved-branch', 'separate', 'conditional'],
    ['batch-renorm', 'batch-too-small', 'shared', 'batch-renorm'],
    ['finetune-updated', 'synthetic-overfitting', 'shared', 'shared+finetune-updated'],
  ] as const)('is %s, where this version has it, for %s', (name, code, strategy, expected) => {
    const exists = NAMES.includes(name);
    const proposed = strategies({ strategy, events: [fault(code)] });
    expect(proposed).toEqual(exists ? [expected] : []);
  });

  it('never puts an alignment beside fine-tuning, whose phases see one kind of domain', () => {
    const tuned = { strategy: 'shared+finetune-updated', metrics: GAP, mmd: [mmdAt(1, 0.005)] };
    expect(strategies(tuned)).toEqual([]);
    const aligned = { strategy: 'shared+coral', events: [fault('synthetic-overfitting')] };
    expect(strategies(aligned)).toEqual([]);
  });

  it('gives each strategy once, what was measured directly first', () => {
    const events = [FLAG];
    const mmd = [mmdAt(1, 0.005)];
    expect(strategies({ metrics: GAP, events, mmd, whatIf: whatIf(0.03) })).toEqual([
      'shared+adabn',
      'separate',
      'shared+mmd',
    ]);
  });
});

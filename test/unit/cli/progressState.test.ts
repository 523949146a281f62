import { describe, expect, it } from 'vitest';
import { ProgressState } from '../../../src/cli/progressState.ts';
import type { RunDelta } from '../../../src/protocol/delta.ts';
import type { RunEventBody } from '../../../src/protocol/events.ts';

const IMAGES = { train: 4, validation: 4, test: 4 };

function delta(
  events: RunEventBody[],
  steps: { step: number; domain: number; loss: number }[] = [],
  reset = false,
): RunDelta {
  const values = {
    loss: Float64Array.from(steps, ({ loss }) => loss),
    accuracy: new Float64Array(steps.length),
    images: new Float64Array(steps.length),
  };
  return {
    reset,
    run: {
      schema: 1,
      name: 'run',
      created: '2026-11-22T14:15:03Z',
      root: '../../..',
      experiment: 'a.bn.ts',
      modules: [],
      strategy: 'shared',
      seed: 1,
      epochs: 3,
      stepsPerEpoch: 2,
      batchSize: 4,
      backend: { name: 'cpu', threads: 1 },
      versions: {},
      host: 'here',
      classes: ['a', 'b'],
      domains: [
        { name: 'drawn', kind: 'synthetic', labelled: true, images: IMAGES },
        { name: 'photo', kind: 'real', labelled: false, images: IMAGES },
      ],
      sites: [
        {
          name: 'bn1',
          layer: 'bn1',
          call: 0,
          pooled: false,
          channels: 1,
          handling: 'mixed',
          frames: [],
        },
      ],
      pairs: [{ a: 0, b: 1 }],
      controls: [],
      alignments: [],
      flags: { tolerance: 0.1, alpha: 0.05 },
      record: { channelsEvery: 50, mmdEvery: 50 },
      git: null,
    },
    events: events.map((event) => ({ t: 0, ...event })),
    tables: {
      steps: {
        step: Int32Array.from(steps, ({ step }) => step),
        domain: Int32Array.from(steps, ({ domain }) => domain),
        ...values,
        min: values,
        max: values,
      },
    },
    notes: [],
    warnings: [],
    damaged: [],
    status: {
      state: 'running',
      step: steps.at(-1)?.step ?? 0,
      epoch: 0,
      totalSteps: 6,
      attempt: 1,
      lastSign: 0,
      trainer: null,
    },
  };
}

describe('ProgressState', () => {
  it('shows the mean losses of this epoch and the newest validation accuracy', () => {
    const state = new ProgressState();
    state.update(
      delta(
        [],
        [
          { step: 1, domain: 0, loss: 9 },
          { step: 1, domain: 1, loss: NaN },
          { step: 3, domain: 0, loss: 1 },
          { step: 3, domain: 1, loss: NaN },
        ],
      ),
    );
    expect(state.line).toBe('epoch 2/3 · loss drawn 1.000');

    const accuracy = { n: 4, low: 0, high: 1, loss: 1 };
    state.update(
      delta(
        [
          {
            type: 'eval',
            step: 4,
            epoch: 2,
            domain: 1,
            split: 'validation',
            final: false,
            accuracy: 0.75,
            ...accuracy,
          },
          {
            type: 'eval',
            step: 4,
            epoch: 2,
            domain: 1,
            split: 'train',
            final: false,
            accuracy: 0.9,
            ...accuracy,
          },
        ],
        [{ step: 4, domain: 0, loss: 2 }],
      ),
    );
    expect(state.line).toBe('epoch 2/3 · loss drawn 1.500 · validation photo 75.0%');
    expect([state.step, state.totalSteps]).toEqual([4, 6]);
  });

  it('tells of flags and warnings, and of the end of an epoch', () => {
    const { news, epochEnded } = new ProgressState().update(
      delta([
        { type: 'warning', code: 'x', message: 'A raw tf.batchNorm is not watched.' },
        {
          type: 'flag',
          step: 2,
          site: 0,
          pair: 0,
          handling: 'mixed',
          logE: 9,
          logThreshold: 3,
          gap: 1,
          gapFloor: 0,
        },
        { type: 'epoch', epoch: 1, step: 2 },
      ]),
    );
    expect(news).toEqual([
      'warning: A raw tf.batchNorm is not watched.',
      'step 2: bn1 is flagged, drawn | photo (mixed)',
    ]);
    expect(epochEnded).toBe(true);
  });

  it('does not repeat the news of earlier attempts', () => {
    const { news } = new ProgressState().update(
      delta(
        [
          { type: 'started', attempt: 1, pid: 1, host: 'here' },
          { type: 'warning', code: 'x', message: 'old' },
          { type: 'resumed', attempt: 2, pid: 2, host: 'here', fromStep: 2 },
          { type: 'warning', code: 'x', message: 'new' },
        ],
        [],
        true,
      ),
    );
    expect(news).toEqual(['resumed after step 2', 'warning: new']);
  });
});

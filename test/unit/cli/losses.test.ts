import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { epochLosses, lossesSha256 } from '../../../src/cli/losses.ts';

const RUN = {
  epochs: 2,
  stepsPerEpoch: 2,
  domains: [
    {
      name: 'synthetic',
      kind: 'synthetic',
      labelled: true,
      images: { train: 1, validation: 1, test: 0 },
    },
    { name: 'real', kind: 'real', labelled: false, images: { train: 1, validation: 1, test: 1 } },
  ],
} as const;

describe('epochLosses', () => {
  it('averages the steps of each epoch, for labelled domains only', () => {
    const steps = {
      step: Int32Array.of(1, 1, 2, 2, 3, 3),
      domain: Int32Array.of(0, 1, 0, 1, 0, 1),
      loss: Float64Array.of(1, NaN, 2, NaN, 0.25, NaN),
    };
    expect(epochLosses(RUN, steps)).toEqual({ synthetic: [1.5, 0.25] });
  });

  it('gives null for an epoch of which no row is known', () => {
    const steps = { step: Int32Array.of(3), domain: Int32Array.of(0), loss: Float64Array.of(0.5) };
    expect(epochLosses(RUN, steps)).toEqual({ synthetic: [null, 0.5] });
  });
});

describe('damaged rows', () => {
  it('are left out where the run has no such step', () => {
    const steps = {
      step: Int32Array.of(1, 2 ** 31 - 1),
      domain: Int32Array.of(0, 0),
      loss: Float64Array.of(1, 2),
    };
    expect(epochLosses(RUN, steps)).toEqual({ synthetic: [1] });
  });
});

describe('lossesSha256', () => {
  it('hashes the little-endian bytes of the 32-bit losses', () => {
    // IEEE 754: 1 is 3f800000, -2 is c0000000.
    const bytes = Buffer.from('0000803f000000c0', 'hex');
    expect(lossesSha256({ loss: Float64Array.of(1, -2) })).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
  });

  it('tells apart losses that differ in their last bit', () => {
    const next = 1 + 2 ** -23;
    expect(lossesSha256({ loss: Float64Array.of(1) })).not.toBe(
      lossesSha256({ loss: Float64Array.of(next) }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { AdditionBuffer } from '../../../../src/host/panel/additionBuffer.ts';
import type { RunAddition } from '../../../../src/protocol/panel.ts';

function addition(step: number, losses: readonly number[]): RunAddition {
  return {
    status: {
      state: 'running',
      step,
      epoch: 1,
      totalSteps: 100,
      attempt: 1,
      lastSign: 1_000 + step,
    },
    pace: { stepsPerSecond: step, imagesPerSecond: 64 * step },
    rows:
      losses.length === 0
        ? {}
        : {
            steps: {
              step: Int32Array.from(losses, () => step),
              domain: Int32Array.from(losses, (_, domain) => domain),
              loss: Float64Array.from(losses),
              accuracy: Float64Array.from(losses, () => 0.5),
              images: Float64Array.from(losses, () => 32),
            },
          },
    events: [{ type: 'warning', t: step, code: 'test', message: `at ${step}` }],
    notes: [],
  };
}

describe('the addition buffer', () => {
  test('gives nothing when nothing came', () => {
    expect(new AdditionBuffer().take()).toBeNull();
  });

  test('joins rows and events in order and keeps the latest status and pace', () => {
    const buffer = new AdditionBuffer();
    buffer.add(addition(1, [2.3, 2.2]));
    buffer.add(addition(2, []));
    buffer.add(addition(3, [2.1, 2.0]));
    const joined = buffer.take();
    expect(joined?.status.step).toBe(3);
    expect(joined?.pace?.stepsPerSecond).toBe(3);
    expect(joined?.rows.steps?.step).toEqual(Int32Array.of(1, 1, 3, 3));
    expect(joined?.rows.steps?.domain).toEqual(Int32Array.of(0, 1, 0, 1));
    expect(joined?.rows.steps?.loss).toEqual(Float64Array.of(2.3, 2.2, 2.1, 2.0));
    expect(joined?.events.map(({ t }) => t)).toEqual([1, 2, 3]);
    expect(buffer.take()).toBeNull();
  });
});

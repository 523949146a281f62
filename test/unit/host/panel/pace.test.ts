import { describe, expect, test } from 'vitest';
import { Pace } from '../../../../src/host/panel/pace.ts';

const beat = (t: number, step: number) => ({ type: 'heartbeat', t, step, epoch: 1 }) as const;

describe('the pace of a run', () => {
  test('is not known from one heartbeat', () => {
    const pace = new Pace();
    pace.hear(beat(1_000, 50));
    expect(pace.stepsPerSecond).toBeNull();
  });

  test('is that of the last ten seconds', () => {
    const pace = new Pace();
    pace.hear(beat(0, 0));
    for (let second = 20; second <= 30; second++) pace.hear(beat(second * 1_000, second * 8));
    expect(pace.stepsPerSecond).toBe(8);
  });

  test('is taken anew after a pause', () => {
    const pace = new Pace();
    pace.hear(beat(0, 0));
    pace.hear({ type: 'paused', t: 500, step: 4 });
    pace.hear(beat(1_000, 4));
    pace.hear({ type: 'continued', t: 2_000, step: 4 });
    expect(pace.stepsPerSecond).toBeNull();
    pace.hear(beat(3_000, 10));
    pace.hear(beat(4_000, 16));
    expect(pace.stepsPerSecond).toBe(6);
  });
});

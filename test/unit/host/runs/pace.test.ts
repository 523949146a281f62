import { describe, expect, test } from 'vitest';
import { Pace } from '../../../../src/host/runs/pace.ts';

describe('Pace', () => {
  test('is unknown before a second sample', () => {
    const pace = new Pace();
    expect(pace.stepsPerSecond).toBeNull();
    pace.add(0, 10);
    expect(pace.stepsPerSecond).toBeNull();
  });

  test('is steps over seconds between the first and the last sample', () => {
    const pace = new Pace();
    pace.add(1_000, 10);
    pace.add(2_000, 14);
    pace.add(3_000, 20);
    expect(pace.stepsPerSecond).toBe(5);
  });

  test('forgets what is older than its window', () => {
    const pace = new Pace();
    pace.add(0, 0);
    pace.add(30_000, 30);
    pace.add(40_000, 130);
    expect(pace.stepsPerSecond).toBe(10);
  });

  test('starts afresh when a resumed run steps back', () => {
    const pace = new Pace();
    pace.add(0, 0);
    pace.add(1_000, 100);
    pace.add(2_000, 50);
    expect(pace.stepsPerSecond).toBeNull();
    pace.add(3_000, 52);
    expect(pace.stepsPerSecond).toBe(2);
  });

  test('is unknown while no step is made', () => {
    const pace = new Pace();
    pace.add(0, 7);
    pace.add(1_000, 7);
    expect(pace.stepsPerSecond).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { Pace } from '../../../src/host/pace.ts';

const running = (lastSign: number, step: number) => ({ state: 'running', lastSign, step }) as const;

describe('Pace', () => {
  test('is unknown before a second sign of life', () => {
    const pace = new Pace();
    expect(pace.update(running(1_000, 10))).toBeNull();
    expect(pace.update(running(1_000, 10))).toBeNull();
  });

  test('is steps over seconds between the first and the last sign', () => {
    const pace = new Pace();
    pace.update(running(1_000, 10));
    pace.update(running(2_000, 14));
    expect(pace.update(running(3_000, 20))).toBe(5);
  });

  test('forgets what is older than its window', () => {
    const pace = new Pace();
    pace.update(running(0, 0));
    pace.update(running(30_000, 30));
    expect(pace.update(running(40_000, 130))).toBe(10);
  });

  test('starts afresh when a resumed run steps back', () => {
    const pace = new Pace();
    pace.update(running(0, 0));
    pace.update(running(1_000, 100));
    expect(pace.update(running(2_000, 50))).toBeNull();
    expect(pace.update(running(3_000, 52))).toBe(2);
  });

  test('leaves out the time for which a run was paused', () => {
    const pace = new Pace();
    pace.update(running(0, 0));
    pace.update(running(1_000, 10));
    expect(pace.update({ state: 'paused', lastSign: 9_000, step: 10 })).toBeNull();
    expect(pace.update(running(10_000, 10))).toBeNull();
    expect(pace.update(running(11_000, 14))).toBe(4);
  });

  test('is unknown while no step is made', () => {
    const pace = new Pace();
    pace.update(running(0, 7));
    expect(pace.update(running(1_000, 7))).toBeNull();
  });
});

import { describe, expect, test, vi } from 'vitest';
import {
  durationText,
  faultsText,
  flagsText,
  progressText,
  shortTestText,
  testText,
} from '../../../../src/host/runs/runText.ts';
import { entryWith, faultWith, flagAt } from '../entries.ts';

vi.mock('vscode', () => import('../vscode.ts'));

describe('progressText', () => {
  test('is empty before the first step', () => {
    expect(progressText(entryWith({ status: { step: 0 } }))).toBe('');
  });

  test('says epoch and step', () => {
    expect(progressText(entryWith())).toBe('epoch 1/10, step 120/2,000');
  });

  test('bounds the time left once the pace is known', () => {
    expect(progressText(entryWith({ stepsPerSecond: 10 }))).toBe(
      'epoch 1/10, step 120/2,000, 3 min left at most',
    );
  });
});

describe('durationText', () => {
  test.each([
    [0.4, '1 s'],
    [59, '59 s'],
    [61, '1 min'],
    [3_599, '1 h 0 min'],
    [3_540, '59 min'],
    [5_400, '1 h 30 min'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('testText', () => {
  const accuracy = { accuracy: 0.912, n: 700, low: 0.8886, high: 0.931, loss: 0.3 };

  test('gives the closing accuracy on real test data with its interval', () => {
    const summary = {
      reason: 'finished',
      step: 2_000,
      epoch: 10,
      stepMs: { median: 5 },
      bestStep: 1_800,
      metrics: { real: { test: accuracy }, synthetic: { validation: accuracy } },
    } as const;
    expect(testText(entryWith({ summary }))).toBe('real 91.2% (95%: 88.9% to 93.1%)');
    expect(shortTestText(entryWith({ summary }))).toBe('real 91.2%');
  });

  test('is empty before the run ended', () => {
    expect(testText(entryWith())).toBe('');
  });
});

describe('flagsText', () => {
  test('counts layers, not pairs of domains', () => {
    const flags = [flagAt(0), flagAt(0, { pair: 1 }), flagAt(1, { handling: 'handled' })];
    expect(flagsText(flags)).toBe('1 mixed, 1 handled');
  });

  test('is empty without flags', () => {
    expect(flagsText([])).toBe('');
  });
});

describe('faultsText', () => {
  test('counts the faults that are warnings', () => {
    const information = faultWith({ code: 'redundant-beta' });
    expect(faultsText([information])).toBe('');
    expect(faultsText([faultWith(), information])).toBe('1 fault');
    expect(faultsText([faultWith(), faultWith({ site: 1 })])).toBe('2 faults');
  });
});

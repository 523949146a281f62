import { describe, expect, test, vi } from 'vitest';
import { endNotice } from '../../../../src/host/process/endNotices.ts';
import { entryWith, flagAt } from '../entries.ts';

vi.mock('vscode', () => import('../vscode.ts'));

const summary = {
  reason: 'stopped',
  step: 120,
  epoch: 1,
  stepMs: { median: 5 },
  bestStep: null,
  metrics: {},
} as const;

describe('endNotice', () => {
  test('tells the results of a finished run', () => {
    const test = { accuracy: 0.9, n: 700, low: 0.88, high: 0.92, loss: 0.3 };
    const notice = endNotice(
      entryWith({
        status: { state: 'finished' },
        flags: [flagAt(0)],
        summary: { ...summary, reason: 'finished', metrics: { real: { test } } },
      }),
    );
    expect(notice).toEqual({
      severity: 'information',
      message: 'shared · seed 1 finished: real 90.0% (95%: 88.0% to 92.0%); 1 mixed.',
      actions: ['openPanel'],
    });
  });

  test('keeps the stack of a failure out of the notification', () => {
    const error = 'TypeError: shape is undefined\n    at train (trainer.js:1:1)';
    const notice = endNotice(entryWith({ status: { state: 'failed', error } }));
    expect(notice?.message).toBe('shared · seed 1 failed: TypeError: shape is undefined');
  });

  test('says why a run failed', () => {
    const notice = endNotice(entryWith({ status: { state: 'failed', error: 'Disk full.' } }));
    expect(notice).toMatchObject({
      severity: 'error',
      message: 'shared · seed 1 failed: Disk full.',
    });
  });

  test('gives the last sign of life of a run that died and offers to resume it', () => {
    const lastSign = Date.UTC(2026, 10, 22);
    const notice = endNotice(entryWith({ status: { state: 'died', lastSign } }));
    expect(notice?.message).toBe(
      `shared · seed 1 died at step 120, last sign of life ${new Date(lastSign).toLocaleString()}.`,
    );
    expect(notice?.actions).toContain('resume');
  });

  test('says that nobody watched, but is silent when somebody stopped the run', () => {
    const status = { state: 'stopped' } as const;
    expect(endNotice(entryWith({ status, summary }))).toBeNull();
    const lapsed = endNotice(entryWith({ status, summary: { ...summary, reason: 'lease' } }));
    expect(lapsed).toMatchObject({ severity: 'warning', actions: ['resume'] });
  });
});

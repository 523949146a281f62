import { expect, test } from 'vitest';
import { SiteRecorder } from '../../../src/nn/siteRecorder.ts';
import { Reports, segmentsOf } from './models.ts';

test('the norm of a pooled site is that of the gradients summed over its calls', () => {
  const reports = new Reports();
  const recorder = new SiteRecorder(5, 2, segmentsOf(1, 1), reports);
  // Two segments of two channels; γ, then β.
  recorder.gradient([Float32Array.of(1, 2, 3, 8), Float32Array.of(0, 2, 0, 1)]);
  expect(reports.norms).toEqual([]);
  recorder.gradient([Float32Array.of(-1, 1, 3, 0), Float32Array.of(0, 2, 0, -1)]);
  // Summed: (0, 3, 0, 4) for the first segment, (6, 8, 0, 0) for the second.
  expect(reports.norms).toEqual([
    [5, 0, 5],
    [5, 1, 10],
  ]);
});

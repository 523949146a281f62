import { expect, it } from 'vitest';
import { classMmd } from '../../../src/stats/mmdClasses.ts';
import { PooledKernels } from '../../../src/stats/mmdKernels.ts';
import reference from '../../fixtures/stats/mmd.json';
import { sampleOf } from './samples.ts';

it("is scikit-learn's for each class that both samples have twice, and leaves out the others", () => {
  const { a, b, labelsA, labelsB, by } = reference.classes;
  const kernels = new PooledKernels(sampleOf(a), sampleOf(b), 'five-kernels');
  const classes = classMmd(kernels, Int32Array.from(labelsA), Int32Array.from(labelsB));
  expect(classes).toHaveLength(by.length);
  classes.forEach(({ mmd2, ...facts }, index) => {
    const { mmd2: expected, ...others } = by[index] ?? { mmd2: NaN };
    expect(facts).toEqual(others);
    expect(mmd2).toBeCloseTo(expected, 12);
  });
});

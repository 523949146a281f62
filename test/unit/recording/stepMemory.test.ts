import { expect, it } from 'vitest';
import { StepMemory } from '../../../src/recording/stepMemory.ts';

const SHAPE = {
  channels: [2, 3],
  segments: [
    { domain: 0, images: 4 },
    { domain: 1, images: 2 },
  ],
};

it('has room for eight steps that are not done', () => {
  const memory = StepMemory.allocate(SHAPE);
  for (let step = 0; step < 8; step++) {
    expect(memory.hasRoom).toBe(true);
    memory.begin();
  }
  expect(memory.hasRoom).toBe(false);
  memory.finish();
  expect(memory.hasRoom).toBe(true);
  memory.begin();
  expect(memory.hasRoom).toBe(false);
});

it('hands the steps to the other thread in their order, each with what its sites saw', () => {
  const memory = StepMemory.allocate(SHAPE);
  const other = new StepMemory(memory.shared);
  for (let round = 0; round < 3; round++) {
    for (let step = 0; step < 8; step++) {
      memory.begin().forEach(({ pixels, sums }, site) => {
        pixels.fill(1);
        sums.fill(100 * round + 10 * step + site);
      });
    }
    for (let step = 0; step < 8; step++) {
      const first = 100 * round + 10 * step;
      const passes = other.oldest();
      expect(passes.map(({ sums }) => [...new Set(sums.sums)])).toEqual([[first], [first + 1]]);
      expect(passes.map(({ sums }) => sums.sums.length)).toEqual([2 * 6 * 2, 2 * 6 * 3]);
      other.finish();
    }
  }
});

it('leaves out a site that saw nothing in a step, whatever it saw before', () => {
  const memory = StepMemory.allocate(SHAPE);
  for (let step = 0; step < 8; step++) {
    memory.begin()[0]?.pixels.fill(9);
    memory.finish();
  }
  memory.begin()[1]?.pixels.fill(4);
  expect(memory.oldest()).toMatchObject([{ site: 1, sums: { pixels: 4, images: 6, channels: 3 } }]);
});

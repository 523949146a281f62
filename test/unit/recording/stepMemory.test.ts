import { expect, it } from 'vitest';
import { StepMemory } from '../../../src/recording/stepMemory.ts';

const SHAPE = {
  channels: [2, 3],
  layouts: [
    {
      segments: [
        { domain: 0, images: 4 },
        { domain: 1, images: 2 },
      ],
      trained: null,
    },
    { segments: [{ domain: 1, images: 2 }], trained: null },
  ],
  terms: 2,
};

/** What two terms say of a step, one of them with a discriminator. */
const aligned = (step: number) => [
  { loss: step / 2, weight: 0.5, accuracy: NaN },
  { loss: step / 4, weight: 1, accuracy: 0.75 },
];

const NOTHING = [0, 1].map(() => ({ loss: NaN, accuracy: NaN, labels: null }));

it('has room for eight steps that are not done', () => {
  const memory = StepMemory.allocate(SHAPE);
  for (let step = 0; step < 8; step++) {
    expect(memory.hasRoom).toBe(true);
    memory.end(step, NOTHING, []);
  }
  expect(memory.hasRoom).toBe(false);
  memory.finish();
  expect(memory.hasRoom).toBe(true);
  memory.end(8, NOTHING, []);
  expect(memory.hasRoom).toBe(false);
});

it('hands the steps to the other thread in their order, each with what it said and saw', () => {
  const memory = StepMemory.allocate(SHAPE);
  const other = new StepMemory(memory.shared);
  for (let first = 1; first < 24; first += 8) {
    for (let step = first; step < first + 8; step++) {
      memory.begin(0).forEach(({ pixels, sums }, site) => {
        pixels.fill(1);
        sums.fill(10 * step + site);
      });
      const outcomes = [
        { loss: step, accuracy: 1, labels: Int32Array.of(step, 0, 2, 1) },
        { loss: NaN, accuracy: NaN, labels: null },
      ];
      memory.end(step, outcomes, step % 2 === 0 ? aligned(step) : []);
    }
    for (let step = first; step < first + 8; step++) {
      const { passes, ...rest } = other.oldest();
      expect(rest).toEqual({
        step,
        layout: 0,
        outcomes: [
          { loss: step, accuracy: 1, labels: Int32Array.of(step, 0, 2, 1) },
          { loss: NaN, accuracy: NaN, labels: null },
        ],
        alignments: step % 2 === 0 ? aligned(step) : [],
      });
      const seen = passes.map(({ sums }) => [...new Set(sums.sums)]);
      expect(seen).toEqual([[10 * step], [10 * step + 1]]);
      expect(passes.map(({ sums }) => sums.sums.length)).toEqual([2 * 6 * 2, 2 * 6 * 3]);
      other.finish();
    }
    expect(other.waiting).toBe(0);
  }
});

it('shows a step only once it is over', () => {
  const memory = StepMemory.allocate(SHAPE);
  memory.begin(0)[0]?.pixels.fill(9);
  expect(memory.waiting).toBe(0);
  memory.end(1, NOTHING, []);
  expect(memory.waiting).toBe(1);
  expect(memory.oldest().step).toBe(1);
});

it('leaves out a site that saw nothing in a step, whatever it saw before', () => {
  const memory = StepMemory.allocate(SHAPE);
  for (let step = 1; step <= 8; step++) {
    memory.begin(0)[0]?.pixels.fill(9);
    memory.end(step, NOTHING, []);
    memory.finish();
  }
  memory.begin(0)[1]?.pixels.fill(4);
  memory.end(9, NOTHING, []);
  expect(memory.oldest().passes).toMatchObject([
    { site: 1, sums: { pixels: 4, images: 6, channels: 3 } },
  ]);
});

it('holds a step of fewer domains in what it has for the largest', () => {
  const memory = StepMemory.allocate(SHAPE);
  memory.begin(0);
  memory.end(1, NOTHING, []);
  const [site] = memory.begin(1);
  site?.pixels.fill(5);
  site?.sums.set([1, 2, 3, 4, 5, 6, 7, 8]);
  memory.end(2, [{ loss: 3, accuracy: 1, labels: Int32Array.of(-1, 2) }], []);
  memory.finish();
  const { layout, outcomes, passes } = memory.oldest();
  expect(layout).toBe(1);
  expect(outcomes).toEqual([{ loss: 3, accuracy: 1, labels: Int32Array.of(-1, 2) }]);
  expect(passes).toMatchObject([{ site: 0, sums: { pixels: 5, images: 2, channels: 2 } }]);
  expect([...passes[0]!.sums.sums]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

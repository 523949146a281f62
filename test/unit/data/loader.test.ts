import { describe, expect, it } from 'vitest';
import type { LoadedDomain, Part } from '../../../src/data/domains.ts';
import { BatchLoader } from '../../../src/data/loader.ts';

/** A part whose image i is the single pixel 1000 · domain + i, of class i % 2. */
function part(length: number, domain: number, labelled: boolean): Part {
  return {
    length,
    labels: labelled ? Int32Array.from({ length }, (_, i) => i % 2) : null,
    read: (indices) => Promise.resolve(Float32Array.from(indices, (i) => 1000 * domain + i)),
  };
}

/** A domain of which the first `labels` images bring their labels. */
function partlyLabelled(length: number, labels: number, kind: LoadedDomain['kind']): LoadedDomain {
  const trainLabels = Int32Array.from({ length: labels }, (_, i) => i);
  return { ...domains(length)[0]!, kind, labelled: labels > 0, trainLabels };
}

function domains(...lengths: readonly number[]): LoadedDomain[] {
  return lengths.map((length, domain) => {
    const labelled = domain !== 1;
    const train = part(length, domain, labelled);
    const none = part(0, domain, labelled);
    const parts = { train, validation: none, test: none };
    const trainLabels = Int32Array.from({ length: labelled ? length : 0 }, (_, i) => i);
    return {
      name: `domain${domain}`,
      kind: 'real',
      labelled,
      trainLabels,
      parts,
      fingerprint: undefined,
    };
  });
}

async function steps(loader: BatchLoader, first: number, last: number): Promise<number[][]> {
  const batches: number[][] = [];
  for (let step = first; step <= last; step++) batches.push([...(await loader.batch(step)).images]);
  return batches;
}

describe('the batch loader', () => {
  it('puts the domains one after another, with labels where there are some', async () => {
    const batch = await new BatchLoader(domains(20, 30), { batchSize: 4, seed: 1 }).batch(1);
    expect(batch.segments).toEqual([
      { domain: 0, images: 4 },
      { domain: 1, images: 4 },
    ]);
    const first = [...batch.images].slice(0, 4);
    const second = [...batch.images].slice(4);
    expect(first.every((pixel) => pixel < 20)).toBe(true);
    expect(second.every((pixel) => pixel >= 1000 && pixel < 1030)).toBe(true);
    expect([...(batch.labels[0] ?? [])]).toEqual(first.map((pixel) => pixel % 2));
    expect(batch.labels[1]).toBeNull();
  });

  it('gives the same batch for the same seed and step, in whatever order they are asked for', async () => {
    const options = { batchSize: 7, seed: 3 };
    const forward = await steps(new BatchLoader(domains(50, 20), options), 1, 30);
    const late = await steps(new BatchLoader(domains(50, 20), options), 17, 30);
    expect(late).toEqual(forward.slice(16));
    const loader = new BatchLoader(domains(50, 20), options);
    const backward: number[][] = [];
    for (let step = 30; step >= 1; step--) backward.unshift([...(await loader.batch(step)).images]);
    expect(backward).toEqual(forward);
  });

  it('draws otherwise for another seed, and alike for a domain whatever the others are', async () => {
    const own = await steps(new BatchLoader(domains(50), { batchSize: 8, seed: 1 }), 1, 5);
    const other = await steps(new BatchLoader(domains(50), { batchSize: 8, seed: 2 }), 1, 5);
    expect(other).not.toEqual(own);
    const beside = await steps(new BatchLoader(domains(50, 9), { batchSize: 8, seed: 1 }), 1, 5);
    expect(beside.map((batch) => batch.slice(0, 8))).toEqual(own);
  });

  it('passes over the largest domain once an epoch, in full batches, shuffled anew', async () => {
    const loader = new BatchLoader(domains(20, 9), { batchSize: 8, seed: 1 });
    expect(loader.stepsPerEpoch).toBe(3);
    const [first, second] = [await steps(loader, 1, 3), await steps(loader, 4, 6)];
    for (const epoch of [first, second]) {
      expect(epoch.map((batch) => batch.length)).toEqual([16, 16, 16]);
      const largest = epoch.flatMap((batch) => batch.slice(0, 8));
      expect(new Set(largest).size).toBe(20);
    }
    expect(second).not.toEqual(first);
  });

  it('cycles a shorter domain, each image once in a pass and never twice in a batch', async () => {
    const loader = new BatchLoader(domains(40, 10), { batchSize: 8, seed: 1 });
    const batches = (await steps(loader, 1, 10)).map((batch) => batch.slice(8));
    for (const batch of batches) expect(new Set(batch).size).toBe(8);
    for (let pass = 0; pass < 5; pass++) {
      expect(new Set(batches.slice(2 * pass, 2 * pass + 2).flat()).size).toBe(10);
    }
  });

  it('brings every image of a domain that is smaller than a batch once a step', async () => {
    const loader = new BatchLoader(domains(40, 3), { batchSize: 8, seed: 1 });
    const batch = await loader.batch(5);
    expect(batch.segments[1]).toEqual({ domain: 1, images: 3 });
    expect([...batch.images].slice(8).sort()).toEqual([1000, 1001, 1002]);
  });

  it('splits a real domain in two halves, of which every batch brings as many', async () => {
    const loader = new BatchLoader(domains(40, 21), { batchSize: 8, seed: 1 });
    expect(loader.controls).toEqual([
      { domain: 0, halves: [20, 20] },
      { domain: 1, halves: [10, 11] },
    ]);
    const batches = (await steps(loader, 1, 30)).map((batch) => batch.slice(8));
    const first = new Set(batches.flatMap((batch) => batch.slice(0, 4)));
    const second = new Set(batches.flatMap((batch) => batch.slice(4)));
    expect([first.size, second.size]).toEqual([10, 11]);
    expect([...first].some((image) => second.has(image))).toBe(false);
  });

  it('leaves synthetic domains whole, and real ones of which a step brings less than four', () => {
    const [synthetic, few] = domains(40, 3);
    const kinds = [{ ...synthetic, kind: 'synthetic' }, few] as LoadedDomain[];
    expect(new BatchLoader(kinds, { batchSize: 8, seed: 1 }).controls).toEqual([]);
  });

  it('brings half of labelled images, cycled beside the others', async () => {
    const loader = new BatchLoader([partlyLabelled(40, 6, 'synthetic')], {
      batchSize: 8,
      seed: 1,
    });
    for (let step = 1; step <= 30; step++) {
      const { images, labels } = await loader.batch(step);
      expect(new Set(images).size).toBe(8);
      expect([...images].filter((image) => image < 6)).toHaveLength(4);
      expect([...(labels[0] ?? [])]).toEqual([...images].map((i) => (i < 6 ? i % 2 : -1)));
    }
    const seen = (await steps(loader, 1, 9)).flat();
    expect(new Set(seen).size).toBe(40);
    // Half of a batch is of 6 images, half of 34: 1 / (½² / 6 + ½² / 34).
    expect(loader.effectiveImages).toEqual([20]);
  });

  it.each([
    { length: 40, labels: 2, labelledPerStep: 2 },
    { length: 12, labels: 10, labelledPerStep: 6 },
    { length: 9, labels: 8, labelledPerStep: 7 },
  ])('fills up where images run out: $labels of $length', async (kind) => {
    const { length, labels, labelledPerStep } = kind;
    const domain = partlyLabelled(length, labels, 'synthetic');
    const loader = new BatchLoader([domain], { batchSize: 8, seed: 1 });
    for (const batch of await steps(loader, 1, 20)) {
      expect(new Set(batch).size).toBe(8);
      expect(batch.filter((image) => image < labels)).toHaveLength(labelledPerStep);
    }
  });

  it.each([
    [40, 10],
    [9, 3],
    [11, 1],
    [8, 7],
  ])('splits %i real images, %i of them labelled, in halves alike', async (length, labels) => {
    const loader = new BatchLoader([partlyLabelled(length, labels, 'real')], {
      batchSize: 8,
      seed: 1,
    });
    const batches = await steps(loader, 1, 40);
    for (const batch of batches) expect(new Set(batch).size).toBe(8);
    const first = new Set(batches.flatMap((batch) => batch.slice(0, 4)));
    const second = new Set(batches.flatMap((batch) => batch.slice(4)));
    expect([first.size, second.size]).toEqual([length >> 1, length - (length >> 1)]);
    expect([...first].some((image) => second.has(image))).toBe(false);
    const labelledOf = (half: Set<number>) => [...half].filter((image) => image < labels).length;
    expect([labelledOf(first), labelledOf(second)]).toEqual([labels >> 1, labels - (labels >> 1)]);
  });

  it('has no labels for a domain that may not use those that it has', async () => {
    const loader = new BatchLoader([partlyLabelled(12, 0, 'real')], { batchSize: 8, seed: 1 });
    const whole = new BatchLoader(domains(12), { batchSize: 8, seed: 1 });
    const [without, all] = [await loader.batch(3), await whole.batch(3)];
    expect(without.labels).toEqual([null]);
    expect(without.images).toEqual(all.images);
  });

  it('reads the next batch ahead, and reports its failure when it is asked for', async () => {
    const [domain] = domains(8);
    let reads = 0;
    const train: Part = {
      length: 8,
      labels: null,
      read: (indices) =>
        ++reads === 2
          ? Promise.reject(new Error('gone'))
          : Promise.resolve(new Float32Array(indices)),
    };
    const failing = { ...domain, parts: { ...domain?.parts, train } } as LoadedDomain;
    const loader = new BatchLoader([failing], { batchSize: 4, seed: 1 });
    await loader.batch(1);
    expect(reads).toBe(2);
    await expect(loader.batch(2)).rejects.toThrow('gone');
  });
});

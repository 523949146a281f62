import { afterEach, expect, it } from 'vitest';
import { randomStream } from '../../src/stats/random.ts';
import { draw, handwrittenDigits, type Digit } from './handwrittenDigits.ts';
import { digitsExperiment, Project, type TrainReport } from './project.ts';

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed + 1);
/** Processes at a time: each computes on one core. */
const JOBS = 2;

const digits = handwrittenDigits();
const projects: Project[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

function trainOn(a: Digit[], b: Digit[], seed: number, epochs: number): Promise<TrainReport> {
  const project = new Project();
  projects.push(project);
  project.writeDigits('a', a);
  project.writeDigits('b', b);
  project.write('halves.bn.ts', digitsExperiment({ epochs }));
  return project.train('halves.bn.ts', '--strategy', 'shared', '--seed', String(seed));
}

async function forEverySeed<T>(action: (seed: number) => Promise<T>): Promise<T[]> {
  const waiting = [...SEEDS];
  const results: T[] = [];
  const worker = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      results.push(await action(seed));
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
  return results;
}

it.each([50, 200, 1000])(
  'flags nothing between two halves of the real digits, the smaller of %i images',
  async (count) => {
    const reports = await forEverySeed((seed) => {
      const drawn = draw(digits, 1000 + count, seed);
      return trainOn(drawn.slice(0, 1000), drawn.slice(1000), seed, 8);
    });
    expect(reports.map(({ steps }) => steps)).toEqual(SEEDS.map(() => 256));
    expect(reports.flatMap(({ flags }) => flags)).toEqual([]);
  },
);

it('flags the first layer within 60 steps when one domain is inverted and noisy', async () => {
  const reports = await forEverySeed((seed) => {
    const drawn = draw(digits, 2000, seed);
    const random = randomStream(seed, 'noise');
    const inverted = drawn.slice(1000).map(({ label, pixels }) => ({
      label,
      pixels: pixels.map((ink) => Math.max(0, Math.min(255, 255 - ink + 80 * (random() - 0.5)))),
    }));
    return trainOn(drawn.slice(0, 1000), inverted, seed, 2);
  });
  for (const { flags } of reports) {
    const first = flags.find(({ site }) => site === 'bn1');
    expect(first?.step).toBeLessThanOrEqual(60);
    expect(first?.handling).toBe('mixed');
  }
});

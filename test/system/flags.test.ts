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

it.each([
  { a: 25, b: 25, epochs: 200, steps: 200 },
  { a: 50, b: 50, epochs: 100, steps: 200 },
  { a: 200, b: 200, epochs: 30, steps: 210 },
  { a: 1000, b: 1000, epochs: 7, steps: 224 },
  { a: 1000, b: 50, epochs: 7, steps: 224 },
])(
  'flags nothing between $a and $b images of the real digits in $steps steps',
  async ({ a, b, epochs, steps }) => {
    const reports = await forEverySeed((seed) => {
      const drawn = draw(digits, a + b, seed);
      return trainOn(drawn.slice(0, a), drawn.slice(a), seed, epochs);
    });
    expect(reports.map((report) => report.steps)).toEqual(SEEDS.map(() => steps));
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

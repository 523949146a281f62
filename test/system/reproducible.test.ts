import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readRun } from '../../src/runs/runTailer.ts';
import { draw, handwrittenDigits } from './handwrittenDigits.ts';
import { digitsExperiment, Project, reportOf } from './project.ts';
import { rows, until } from './observe.ts';
import { unhurried, UNHURRIED } from './unhurried.ts';

const project = new Project();
const STRATEGIES = '{ adversarial: { units: [32], batchNorm: true }, mmd: { layers: ["bn2"] } }';
const SPLIT = '{ train: 0.8, validation: 0.1, test: 0.1 }';

beforeAll(() => {
  const digits = draw(handwrittenDigits(), 800, 1);
  project.writeDigits('a', digits.slice(0, 600));
  project.writeDigits('b', digits.slice(600));
  project.write(
    'digits.bn.ts',
    unhurried(digitsExperiment({ epochs: 3, split: SPLIT, strategies: STRATEGIES })),
  );
});
afterAll(() => {
  project.remove();
});

it('gives the same losses, statistics and e-values to the last bit for one seed', async () => {
  const words = ['digits.bn.ts', '--strategy', 'separate', '--seed', '7', '--epochs', '1'];
  const first = await project.train(...words);
  const second = await project.train(...words);
  expect(second.lossesSha256).toBe(first.lossesSha256);
  expect(await rows(second.run)).toEqual(await rows(first.run));
});

it('gives all strategies the same weights and batches to start from', async () => {
  const [shared, ...others] = await Promise.all(
    ['shared', 'separate', 'shared+mmd+adversarial'].map((strategy) =>
      project.train('digits.bn.ts', '--strategy', strategy, '--seed', '7', '--epochs', '1'),
    ),
  );
  const firstInput = async (run: string) => {
    const { sites } = await rows(run, 1);
    return sites['mean']?.slice(0, 2);
  };
  // The first layer sees the images through the initial weights, whatever normalizes them then.
  const seen = await firstInput(shared?.run ?? '');
  expect(seen).toHaveLength(2);
  for (const { run } of others) expect(await firstInput(run)).toEqual(seen);
});

it.each(['shared', 'separate+mmd+adversarial'])(
  'goes on with %s after SIGKILL as if never killed, and says in between that the run died',
  async (strategy) => {
    const words = ['digits.bn.ts', '--strategy', strategy, '--seed', '5'];
    const whole = await project.train(...words);

    const out = project.path(`killed-${strategy}`);
    vi.stubEnv(UNHURRIED, 'yes');
    const dying = project.run('train', ...words, '--out', out, '--json');
    vi.unstubAllEnvs();
    const run = await until(() => {
      const [name] = existsSync(out) ? readdirSync(out) : [];
      return Promise.resolve(name === undefined ? undefined : join(out, name));
    });
    const pid = await until(async () => {
      const { events } = await readRun(run, { tables: [] });
      const started = events.find((event) => event.type === 'started');
      return events.some((event) => event.type === 'checkpoint') ? started?.pid : undefined;
    });
    process.kill(pid, 'SIGKILL');

    const { code, stdout } = await dying;
    expect(code).toBe(1);
    expect(stdout).toMatch(/died/);
    const dead = await readRun(run);
    expect(dead.status.state).toBe('died');
    expect(dead.status.lastSign).toBeGreaterThan(0);
    // A killed process tears whatever it was writing.
    appendFileSync(join(run, 'events.ndjson'), '{"t":17');

    const resumed = await project.run('train', '--resume', run, '--json');
    expect(resumed.stderr).not.toMatch(/error/i);
    expect(resumed.code).toBe(0);
    const report = reportOf(resumed.stdout);
    expect(report.metrics).toEqual(whole.metrics);
    expect(await rows(run)).toEqual(await rows(whole.run));
  },
);

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Comparison } from '../../../src/cli/compareText.ts';
import { runsDirectory } from '../../../src/runs/paths.ts';
import { CliProcess, lastLine, TemporaryProject, type Outcome } from './cliProcess.ts';

const cli = new CliProcess();
beforeAll(() => cli.build());
afterAll(() => {
  cli.remove();
});

let project: TemporaryProject;

beforeEach(() => {
  project = new TemporaryProject();
  return () => {
    project.remove();
  };
});

function compare(name: string, args: string[], interruptAt: string[] = []): Promise<Outcome> {
  return cli.run(project.folder, ['compare', project.experiment(name), ...args], interruptAt);
}

const BOTH = ['--strategies', 'shared,separate'];

describe('bn-lens compare', () => {
  it('trains every strategy with every seed, seed by seed, and ends with one line of JSON', async () => {
    const outcome = await compare('finish', [...BOTH, '--seeds', '2', '--json']);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout.split('\n')).toHaveLength(2);
    const { experiment, interrupted, strategies, runs } = lastLine(outcome) as Comparison;
    expect(experiment).toBe(join(project.folder, 'finish.bn.ts'));
    expect(interrupted).toBe(false);
    expect(runs.map(({ strategy, seed }) => `${strategy} ${seed}`)).toEqual([
      'shared 1',
      'separate 1',
      'shared 2',
      'separate 2',
    ]);
    expect(readdirSync(runsDirectory(project.folder))).toHaveLength(4);
    for (const run of runs) expect(run).toMatchObject({ state: 'finished', accuracy: 0.75 });
    expect(strategies).toMatchObject([
      { strategy: 'shared', seeds: [1, 2], difference: null },
      {
        strategy: 'separate',
        seeds: [1, 2],
        accuracy: { mean: 0.75, interval: { low: 0.75, high: 0.75, kind: 'seeds' } },
        difference: { mean: 0 },
        flags: { mixed: 1, handled: 0 },
        stepMs: 2.5,
        stepRatio: 1,
      },
    ]);
  });

  it('prints a table, and the progress of each run on stderr', async () => {
    const { stdout, stderr } = await compare('finish', [...BOTH, '--seeds', '1']);
    expect(stdout).toMatch(/^separate +1 +75\.0% +\[59\.8%, 85\.8%\] +0\.0 +– +– +1 mixed/m);
    expect(stderr).toContain('separate, seed 1 (2 of 2)');
    expect(stderr).toContain('step 6/6 · epoch 2/2');
  });

  it('goes on after a run that failed, says why, and exits with 1', async () => {
    const outcome = await compare('fail-separate', [...BOTH, '--seeds', '2']);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toMatch(/^shared +2 +75\.0%/m);
    expect(
      outcome.stdout.match(/separate +seed \d +failed +The loss is not a number\./g),
    ).toHaveLength(2);
  });

  it('compares no runs of different images', async () => {
    const outcome = await compare('change-separate', [...BOTH, '--seeds', '1', '--json']);
    expect(outcome.code).toBe(1);
    const { runs, strategies } = lastLine(outcome) as Comparison;
    expect(runs.map(({ state }) => state)).toEqual(['finished', 'failed']);
    expect(runs[1]?.error).toBe(
      `domains.photo: the images or their labels have changed since run ${basename(runs[0]?.run ?? '')} began`,
    );
    expect(strategies.map(({ seeds }) => seeds)).toEqual([[1], []]);
  });

  it.each(['refuse', 'refuse-separate'])(
    'exits with 2 and one sentence before anything is trained where %s is so',
    async (name) => {
      const outcome = await compare(name, [...BOTH]);
      expect(outcome.code).toBe(2);
      expect(outcome.stdout).toBe('');
      expect(outcome.stderr).toBe(`${name}.bn.ts:3:5: train.epochs: -1 is not positive.\n`);
      expect(existsSync(runsDirectory(project.folder))).toBe(false);
    },
  );

  it.each([
    ['shared,seperate', 'strategy "seperate": there is no "seperate". There are: shared,'],
    ['shared,shared', '--strategies names "shared" twice. Name it once.'],
  ])('refuses %s before anything is trained', async (strategies, sentence) => {
    const outcome = await compare('finish', ['--strategies', strategies]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(sentence);
    expect(existsSync(runsDirectory(project.folder))).toBe(false);
  });

  it('stops the run on SIGINT, prints what is finished and exits with 130', async () => {
    const outcome = await compare('wait-separate', [...BOTH, '--json'], ['waiting']);
    expect(outcome.code).toBe(130);
    const { interrupted, runs } = lastLine(outcome) as Comparison;
    expect(interrupted).toBe(true);
    expect(runs.map(({ state }) => state)).toEqual(['finished', 'interrupted']);

    const [, stopped] = runs;
    const resumed = await cli.run(project.folder, ['train', '--resume', stopped?.run ?? '']);
    expect(resumed.code).toBe(0);
  });
});

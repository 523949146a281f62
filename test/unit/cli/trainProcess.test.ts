import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lossesSha256 } from '../../../src/cli/losses.ts';
import type { RunReport } from '../../../src/cli/runReport.ts';
import { runsDirectory } from '../../../src/runs/paths.ts';
import { CliProcess, lastLine, TemporaryProject, type Outcome } from './cliProcess.ts';

const cli = new CliProcess();
beforeAll(() => cli.build());
afterAll(() => {
  cli.remove();
});

let project: string;
let experiment: (name: string) => string;

beforeEach(() => {
  const temporary = new TemporaryProject();
  project = temporary.folder;
  experiment = (name) => temporary.experiment(name);
  return () => {
    temporary.remove();
  };
});

function bnLens(args: string[], interruptAt: string[] = []): Promise<Outcome> {
  return cli.run(project, args, interruptAt);
}

function reportOf(outcome: Outcome): RunReport {
  return lastLine(outcome) as RunReport;
}

function onlyRun(): string {
  const [run, ...others] = readdirSync(runsDirectory(project));
  expect(others).toEqual([]);
  return run ?? '';
}

describe('bn-lens train', () => {
  it('ends with one JSON object on stdout and exit code 0', async () => {
    const outcome = await bnLens([
      'train',
      experiment('finish'),
      '--strategy',
      'separate',
      '--seed',
      '7',
      '--json',
    ]);
    expect(outcome.code).toBe(0);
    expect(outcome.stdout.split('\n')).toHaveLength(2);
    expect(reportOf(outcome)).toEqual({
      run: join(runsDirectory(project), onlyRun()),
      name: onlyRun(),
      experiment: join(project, 'finish.bn.ts'),
      strategy: 'separate',
      normalization: null,
      phases: [
        {
          name: 'joint',
          domains: ['drawn', 'photo'],
          judges: ['drawn', 'photo'],
          firstStep: 1,
          steps: 6,
          epochs: 2,
          stepsPerEpoch: 3,
          layers: null,
          rateFactor: 1,
          parametersTrained: true,
          parametersDecayed: true,
          statisticsUsed: 'batch',
          statisticsUpdated: true,
        },
      ],
      oracle: false,
      seed: 7,
      backend: 'cpu',
      threads: 1,
      reason: 'finished',
      error: null,
      steps: 6,
      totalSteps: 6,
      epochs: 2,
      stepMs: { median: 2.5 },
      bestStep: 6,
      metrics: { photo: { test: { accuracy: 0.75, n: 40, low: 0.6, high: 0.86, loss: 0.7 } } },
      unadapted: null,
      adaptations: [],
      scales: null,
      probes: null,
      flags: [
        {
          site: 'bn1',
          pair: ['drawn', 'photo'],
          handling: 'mixed',
          step: 3,
          eValue: Math.exp(Math.log(4200)),
          logE: Math.log(4200),
          gap: 0.5,
          floor: 0.02,
          onset: null,
          channels: [],
          clearedAt: null,
          file: join(project, 'finish.bn.ts'),
          line: 12,
        },
      ],
      mmd: [
        {
          site: 'bn1',
          pair: ['drawn', 'photo'],
          step: 2,
          mmd2: 0.2,
          estimator: 'unbiased',
          bandwidthRule: 'five-kernels',
          bandwidths: [1, Math.SQRT2, 2, 2 * Math.SQRT2, 4].map((σ) => expect.closeTo(σ) as number),
          n: 8,
          m: 8,
          p: 0.005,
          permutations: 199,
          window: null,
        },
      ],
      faults: [
        {
          code: 'batch-too-small',
          severity: 'warning',
          step: 3,
          site: 'bn1',
          domain: 'photo',
          message: 'the 8 images of bn1 are too few',
          hint: 'Raise batchSize.',
          value: 0.2,
          threshold: 0.1,
          file: join(project, 'finish.bn.ts'),
          line: 12,
        },
      ],
      advice: [
        {
          strategy: 'batch-renorm',
          reason:
            'the 8 images of bn1 are too few; batch renormalization leans on the moving statistics instead.',
          source: 'Ioffe, NeurIPS 2017',
        },
      ],
      losses: {
        drawn: [mean32([1, 1 / 2, 1 / 3]), mean32([1 / 4, 1 / 5, 1 / 6])],
        photo: [mean32([2, 1, 2 / 3]), mean32([1 / 2, 2 / 5, 1 / 3])],
      },
      warnings: [],
      resumable: false,
      lossesSha256: lossesSha256({
        loss: Float64Array.from([
          1,
          2,
          1 / 2,
          1,
          1 / 3,
          2 / 3,
          1 / 4,
          1 / 2,
          1 / 5,
          2 / 5,
          1 / 6,
          1 / 3,
        ]),
      }),
    });
  });

  it('shows progress on stderr and the summary on stdout, and holds a lease meanwhile', async () => {
    const { code, stdout, stderr } = await bnLens(['train', experiment('finish')]);
    expect(code).toBe(0);
    expect(stderr).toContain('step 3: bn1 is flagged, drawn | photo (mixed)');
    expect(stderr).toContain('step 3: warning: the 8 images of bn1 are too few (batch-too-small)');
    expect(stderr).toMatch(/step 6\/6 · epoch 2\/2 · loss drawn 0\.206, photo 0\.411/);
    expect(stdout).toContain('photo  75.0%  [60.0%, 86.0%]  n = 40');
    expect(stdout).toContain('finish.bn.ts:12');
    const control = readFileSync(join(runsDirectory(project), onlyRun(), 'control.ndjson'), 'utf8');
    expect(JSON.parse(control.split('\n')[0] ?? '')).toMatchObject({ type: 'lease' });
  });

  it('passes on the overrides and creates the run where it is told to', async () => {
    const args = ['train', experiment('finish'), '--epochs', '5', '--out', 'elsewhere', '--json'];
    const report = reportOf(await bnLens(args));
    expect(report.totalSteps).toBe(15);
    expect(report.run).toBe(join(project, 'elsewhere', report.name));
  });

  it('exits with 1 and says why when the run failed', async () => {
    const outcome = await bnLens(['train', experiment('fail')]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('The run failed: The loss is not a number.');
  });

  it('exits with 1 when the trainer died, and the run can be resumed as told', async () => {
    const died = await bnLens(['train', experiment('die'), '--json']);
    expect(died.code).toBe(1);
    expect(reportOf(died)).toMatchObject({ reason: 'died', steps: 3, stepMs: null, metrics: {} });
    expect(reportOf(died).error).toMatch(
      /^The trainer died at step 3 of 6 \(last heartbeat \d{4}-.*Z\): signal SIGKILL\.$/,
    );

    const resumed = await bnLens(['train', '--resume', onlyRun(), '--json']);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain('resumed after step 3');
    expect(reportOf(resumed)).toMatchObject({ reason: 'finished', steps: 6 });
    expect(reportOf(resumed).losses['drawn']).toHaveLength(2);
  });

  it('exits with 2 and points at the field that is wrong', async () => {
    const outcome = await bnLens(['train', experiment('refuse'), '--json']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toBe('refuse.bn.ts:3:5: train.epochs: -1 is not positive.\n');
    expect(JSON.parse(outcome.stdout)).toEqual({
      error: {
        message: 'train.epochs: -1 is not positive',
        location: { file: join(project, 'refuse.bn.ts'), line: 3, column: 5 },
      },
    });
  });

  it('points at the field also when a run of that experiment is resumed', async () => {
    await bnLens(['train', experiment('spoil')]);
    const outcome = await bnLens(['train', '--resume', onlyRun()]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toBe('spoil.bn.ts:3:5: train.epochs: -1 is not positive.\n');
  });

  it('stops the run on SIGINT, waits for it and exits with 130', async () => {
    const outcome = await bnLens(['train', experiment('wait'), '--json'], ['waiting']);
    expect(outcome.code).toBe(130);
    expect(reportOf(outcome)).toMatchObject({ reason: 'stopped', steps: 3 });
  });

  it('ends the trainer at the second SIGINT', async () => {
    const outcome = await bnLens(['train', experiment('hang')], ['hanging', 'Stopping']);
    expect(outcome.code).toBe(130);
    expect(outcome.stdout).toContain('signal SIGKILL');
  });

  it('stops the run as well when its terminal is closed', async () => {
    const args = ['train', experiment('wait'), '--json'];
    const outcome = await cli.run(project, args, ['waiting'], 'SIGHUP');
    expect(outcome.code).toBe(130);
    expect(reportOf(outcome)).toMatchObject({ reason: 'stopped', steps: 3 });
  });

  it('stops the run when nobody reads its output any more', async () => {
    const args = ['train', experiment('wait')];
    const { stderr } = await cli.redirected(project, args, '2>&1 | head -1 > first.txt');
    expect(stderr).toBe('');
    const run = join(runsDirectory(project), onlyRun());
    expect(readFileSync(join(run, 'events.ndjson'), 'utf8')).toContain('"reason":"stopped"');
  });

  it.runIf(existsSync('/dev/full'))('says that stdout could not be written', async () => {
    const args = ['train', experiment('finish')];
    const { code, stderr } = await cli.redirected(project, args, '> /dev/full');
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^Cannot write "stdout": the disk is full\./,
    );
  });

  it('exits with 130 on a SIGINT before there is a run', async () => {
    const outcome = await bnLens(['train', experiment('load'), '--json'], ['loading']);
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toContain('Interrupted before the run began.');
    expect(lastLine(outcome)).toEqual({
      error: { message: 'Interrupted before there was a result.' },
    });
  });
});

/** The mean of what 32-bit floats keep of the values. */
function mean32(values: number[]): number {
  return values.map(Math.fround).reduce((sum, value) => sum + value, 0) / values.length;
}

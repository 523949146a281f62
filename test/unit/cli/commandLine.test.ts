import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runsDirectory } from '../../../src/runs/paths.ts';
import { SyntheticRun } from '../../fixtures/runs/syntheticRun.ts';
import { bnLensIn, type Ran } from './bnLens.ts';

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'bn-lens-project-'));
  writeFileSync(join(project, 'package.json'), '{}');
  return () => {
    rmSync(project, { recursive: true });
  };
});

const bnLens = (...args: string[]): Promise<Ran> => bnLensIn(project, ...args);

/** Creates files of an installation in the project. */
function install(...files: string[]): void {
  mkdirSync(join(project, 'dist/wasm'), { recursive: true });
  for (const file of files) writeFileSync(join(project, 'dist', file), '');
}

describe('bn-lens', () => {
  it.each([
    [[], 'Usage: bn-lens'],
    [['fly'], "unknown command 'fly'"],
    [['train'], 'Nothing to train. Name an experiment file'],
    [['train', 'a.bn.ts', '--seed', '-1'], 'It must be a whole number from 0 on.'],
    [['train', 'a.bn.ts', '--epochs', '0'], 'It must be a whole number from 1 on.'],
    [['train', 'a.bn.ts', '--threads', '0'], 'It must be a whole number from 1 to 64.'],
    [['train', 'a.bn.ts', '--threads', '65'], 'It must be a whole number from 1 to 64.'],
    [['compare', 'a.bn.ts', '--strategies', 'shared', '--threads', '5000'], 'from 1 to 64.'],
    [['train', 'a.bn.ts', '--backend', 'gpu'], 'Allowed choices are auto, wasm, native, cpu.'],
    [['train', '--resume', 'x', '--seed', '3'], 'cannot be used with'],
    [['train', '--resume', 'nowhere'], 'nowhere'],
    [
      ['native', 'install', '--from', 'conda'],
      'Allowed choices are workspace, python, pip, archive.',
    ],
    [['note', 'nowhere', 'text'], 'nowhere'],
    [['note', 'run'], "missing required argument 'TEXT'"],
  ])('refuses wrong usage on stderr with exit code 2: %s', async (args, message) => {
    const { code, out, err } = await bnLens(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });

  it.each([
    [['train', '--json', '--threads', '0', 'x'], 'It must be a whole number from 1 to 64.'],
    [['shift', 'a', '--json'], "missing required argument 'B'"],
    [['native', '--json'], "unknown option '--json'"],
  ])('says wrong usage also as JSON where that is asked for: %s', async (args, message) => {
    const { code, out } = await bnLens(...args);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: { message: expect.stringContaining(message) as string },
    });
  });

  it('gives help on stdout with exit code 0', async () => {
    const { code, out } = await bnLens('train', '--help');
    expect(code).toBe(0);
    expect(out).toContain('names joined with +: shared, separate');
  });
});

describe('bn-lens runs', () => {
  it('says where it looked when there are none', async () => {
    expect(await bnLens('runs')).toEqual({ code: 0, out: `No runs in ${project}.\n`, err: '' });
  });

  it('lists runs with what became of them', async () => {
    const run = new SyntheticRun(runsDirectory(project), { seed: 3, epochs: 1 });
    await run.finish();
    mkdirSync(join(runsDirectory(project), 'broken'));
    const name = basename(run.directory);

    const { code, out, err } = await bnLens('runs');
    expect(code).toBe(0);
    expect(err).toMatch(/^broken: .*run\.json/);
    const [headings = '', row = '', ...more] = out.trimEnd().split('\n');
    expect(headings.split(/ {2,}/)).toEqual([
      'run',
      'experiment',
      'strategy',
      'seed',
      'state',
      'steps',
      'real test',
      'flags',
      'faults',
    ]);
    expect(row.split(/ {2,}/).slice(0, 6)).toEqual([
      name,
      run.writer.run.experiment,
      'shared',
      '3',
      'finished',
      '47/47',
    ]);
    expect(more).toEqual([]);

    const listed = JSON.parse((await bnLens('runs', '--json')).out) as unknown;
    expect(listed).toMatchObject({
      runs: [{ run: run.directory, name, seed: 3, state: 'finished', steps: 47, epochs: 1 }],
      broken: [{ run: join(runsDirectory(project), 'broken'), name: 'broken' }],
    });
  });
});

describe('bn-lens note', () => {
  it('adds to the notes of the run with that beginning of a name', async () => {
    const run = new SyntheticRun(runsDirectory(project), { epochs: 1 });
    run.writer.close();
    expect((await bnLens('note', basename(run.directory).slice(0, 8), 'looks right')).code).toBe(0);
    const notes = readFileSync(join(run.directory, 'notes.ndjson'), 'utf8');
    expect(JSON.parse(notes)).toMatchObject({ text: 'looks right' });
  });
});

describe('bn-lens note that cannot be taken', () => {
  it('is refused with exit code 2', async () => {
    const run = new SyntheticRun(runsDirectory(project), { epochs: 1 });
    run.writer.close();
    const empty = await bnLens('note', basename(run.directory), ' ');
    expect([empty.code, empty.err]).toEqual([2, 'The note is empty.\n']);
    const unknown = await bnLens('note', 'nothing', 'looks right');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toMatch(/^There is no run "nothing" in .*bn-lens runs/);
  });
});

describe('bn-lens doctor', () => {
  it('finds nothing wrong with a whole installation', async () => {
    install(
      'trainer.js',
      'recorder.js',
      'mmdThread.js',
      'imageThread.js',
      'sourceWorker.js',
      'wasm/tfjs-backend-wasm-simd.wasm',
      'wasm/kernels.wasm',
      'wasm/kernels-relaxed.wasm',
      'wasm/kernelWorker.js',
      'wasm/statistics.wasm',
    );
    const { code, out } = await bnLens('doctor');
    expect(code).toBe(0);
    expect(out).not.toContain('warn');
    expect(out).toContain(process.versions.node);
  });

  it('says what is missing and how to mend it, with exit code 1', async () => {
    install('trainer.js', 'recorder.js', 'mmdThread.js', 'imageThread.js', 'sourceWorker.js');
    const { code, out } = await bnLens('doctor', '--json');
    expect(code).toBe(1);
    const { ok, findings } = JSON.parse(out) as {
      ok: boolean;
      findings: { name: string; mend: string | null }[];
    };
    expect(ok).toBe(false);
    expect(findings.map(({ name, mend }) => [name, mend])).toEqual([
      ['bn-lens', null],
      ['Node.js', null],
      ['wasm', 'Install BN Lens again.'],
      ['native', null],
      ['runs', null],
    ]);
  });
});

describe('bn-lens native status', () => {
  it('says that nothing is installed and what is used instead', async () => {
    const { code, out } = await bnLens('native', 'status');
    expect(code).toBe(0);
    expect(out).toBe(
      'The native backend is not installed; the backend auto uses wasm. Run bn-lens native install.\n',
    );
  });

  it('names what is wrong with an installation, with exit code 1', async () => {
    const folder = join(project, 'cache/native');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'installation.json'), '{');
    const { code, out } = await bnLens('native', 'status', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      folder,
      state: 'unusable',
      installation: null,
      outdated: false,
      reason: `${join(folder, 'installation.json')} is damaged. Run bn-lens native install, or “BN Lens: Install Native TensorFlow” in the editor.`,
    });
  });
});

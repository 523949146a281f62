import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../../..');

const EXPERIMENT = `export default defineExperiment({
  train: {
    epochs: -1,
  },
});
`;

/** What a process of the command line did. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line with a trainer that only pretends, in a folder of its own. */
export class CliProcess {
  readonly #bundles = mkdtempSync(join(tmpdir(), 'bn-lens-cli-'));

  async build(): Promise<void> {
    await build({
      absWorkingDir: ROOT,
      entryPoints: {
        cli: 'src/cli.ts',
        sourceWorker: 'src/source/worker.ts',
        trainer: 'test/fixtures/cli/fakeTrainer.ts',
      },
      outdir: this.#bundles,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
  }

  remove(): void {
    rmSync(this.#bundles, { recursive: true });
  }

  /** Runs it in `cwd`; sends a signal each time one of `interruptAt` is printed. */
  run(
    cwd: string,
    args: string[],
    interruptAt: string[] = [],
    signal: NodeJS.Signals = 'SIGINT',
  ): Promise<Outcome> {
    const child = spawn(process.execPath, [join(this.#bundles, 'cli.js'), ...args], { cwd });
    return this.#outcome(child, interruptAt, signal);
  }

  /** Runs it in a shell, its output being redirected; the outcome's code is the shell's. */
  redirected(cwd: string, args: string[], redirection: string): Promise<Outcome> {
    const words = [process.execPath, join(this.#bundles, 'cli.js'), ...args];
    const child = spawn('sh', ['-c', `"$0" "$@" ${redirection}`, ...words], { cwd });
    return this.#outcome(child, [], 'SIGINT');
  }

  #outcome(
    child: ChildProcessWithoutNullStreams,
    interruptAt: readonly string[],
    signal: NodeJS.Signals,
  ): Promise<Outcome> {
    const awaited = [...interruptAt];
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
      if (awaited[0] !== undefined && stderr.includes(awaited[0])) {
        awaited.shift();
        child.kill(signal);
      }
    });
    return new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, stdout, stderr });
      });
    });
  }
}

/** A project's folder. */
export class TemporaryProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'bn-lens-project-'));

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), '{}');
  }

  /** Writes an experiment whose name tells the trainer what to do; returns the file's name. */
  experiment(name: string): string {
    const file = `${name}.bn.ts`;
    writeFileSync(join(this.folder, file), EXPERIMENT);
    return file;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Reads the JSON of the last line on stdout. */
export function lastLine({ stdout }: Outcome): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

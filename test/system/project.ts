import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toIdx, type Digit } from './handwrittenDigits.ts';

export const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the last line of `bn-lens train --json` holds, as far as the tests read it. */
export interface TrainReport {
  readonly run: string;
  readonly strategy: string;
  readonly backend: string;
  readonly reason: string;
  readonly steps: number;
  readonly stepMs: { readonly median: number };
  readonly lossesSha256: string;
  readonly metrics: Record<
    string,
    Record<string, { accuracy: number; n: number; low: number; high: number }>
  >;
  readonly flags: { readonly site: string; readonly step: number; readonly handling: string }[];
  readonly faults: {
    readonly code: string;
    readonly severity: string;
    readonly step: number;
    readonly site: string | null;
    readonly domain: string | null;
    readonly message: string;
    readonly line: number | null;
  }[];
}

/** A project in a temporary folder, as a user would have it. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'bn-lens-project-'));

  readonly #environment: NodeJS.ProcessEnv;

  /**
   * @param environment - what commands find beside this process's own; by default nothing in the
   *   user's cache directory, so that `auto` is `wasm`
   */
  constructor(environment?: NodeJS.ProcessEnv) {
    this.#environment = environment ?? { XDG_CACHE_HOME: this.path('cache') };
    writeFileSync(join(this.folder, 'package.json'), '{ "private": true }');
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Writes `<name>-images.idx` and `<name>-labels.idx`. */
  writeDigits(name: string, digits: readonly Digit[]): void {
    const { images, labels } = toIdx(digits);
    this.write(`${name}-images.idx`, images);
    this.write(`${name}-labels.idx`, labels);
  }

  /** Runs `bn-lens` with these words. */
  run(...words: string[]): Promise<CommandResult> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [CLI, ...words],
        {
          cwd: this.folder,
          env: { ...process.env, ...this.#environment },
          maxBuffer: 2 ** 26,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  /** Trains and returns the report; throws what was printed if it did not succeed. */
  async train(...words: string[]): Promise<TrainReport> {
    const { code, stdout, stderr } = await this.run('train', ...words, '--json');
    if (code !== 0) throw new Error(`exit code ${String(code)}:\n${stderr}`);
    return reportOf(stdout);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Reads the report in the last line that a command printed. */
export function reportOf(stdout: string): TrainReport {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as TrainReport;
}

/** A small CNN with two BatchNorm layers on digits of two domains, `a` and `b`. */
export function digitsExperiment(options: {
  readonly epochs: number;
  readonly batchSize?: number;
  readonly split?: string;
  /** Settings of the strategies, as they stand in the file. */
  readonly strategies?: string;
}): string {
  const { epochs, batchSize = 32, split = '{ train: 1 }', strategies = '{}' } = options;
  return `import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, idx, rescale } from 'bn-lens';

export default defineExperiment({
  domains: {
    a: { kind: 'real', data: idx('a-images.idx', 'a-labels.idx'), split: ${split} },
    b: { kind: 'real', data: idx('b-images.idx', 'b-labels.idx'), split: ${split} },
  },
  preprocess: [rescale()],
  model: ({ inputShape, classes }) =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 3, strides: 2, useBias: false }),
        tf.layers.batchNormalization({ name: 'bn1' }),
        tf.layers.reLU(),
        tf.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, useBias: false }),
        tf.layers.batchNormalization({ name: 'bn2' }),
        tf.layers.reLU(),
        tf.layers.flatten(),
        tf.layers.dense({ units: classes }),
      ],
    }),
  train: { epochs: ${epochs}, batchSize: ${batchSize}, optimizer: adamW({ learningRate: 1e-3 }) },
  strategies: ${strategies},
});
`;
}

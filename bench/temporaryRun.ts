import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { RunSite } from '../src/protocol/run.ts';
import { RunWriter } from '../src/runs/runWriter.ts';
import { SiteMonitor } from '../src/training/siteMonitor.ts';

/** More images than a benchmark has steps for, so that none counts as seen before. */
const TRAIN_IMAGES = 1_000_000;

/** What a run records with: the monitor and the writer of a run directory that is thrown away. */
export class TemporaryRun {
  readonly monitor: SiteMonitor;
  readonly writer: RunWriter;
  readonly #folder = mkdtempSync(join(tmpdir(), 'bn-lens-bench-'));

  constructor(sites: readonly RunSite[], domains: number) {
    const images = { train: TRAIN_IMAGES, validation: 0, test: 0 };
    this.writer = RunWriter.create(this.#folder, {
      root: '.',
      experiment: 'bench.bn.ts',
      modules: [],
      strategy: 'shared',
      seed: 1,
      epochs: 1,
      stepsPerEpoch: TRAIN_IMAGES,
      batchSize: 1,
      backend: { name: tf.getBackend(), threads: 1 },
      versions: {},
      classes: [],
      domains: Array.from({ length: domains }, (_, domain) => ({
        name: `domain ${domain}`,
        kind: domain === 0 ? 'synthetic' : 'real',
        labelled: true,
        images,
      })),
      sites,
      pairs: domains === 2 ? [{ a: 0, b: 1 }] : [],
      flags: { tolerance: 0.1, alpha: 0.05 },
      record: { channelsEvery: 50, mmdEvery: 50 },
      git: null,
    });
    this.monitor = new SiteMonitor(this.writer.run, this.writer);
  }

  /** Closes the files and deletes them. */
  remove(): void {
    this.writer.close();
    rmSync(this.#folder, { recursive: true });
  }
}

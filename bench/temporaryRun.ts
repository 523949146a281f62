import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Recorder } from '../src/recording/recorder.ts';
import type { RunFileInit } from '../src/runs/runWriter.ts';
import { SiteMonitor } from '../src/training/siteMonitor.ts';
import type { Training } from './training.ts';

/** More images than a benchmark has steps for, so that none counts as seen before. */
const TRAIN_IMAGES = 1_000_000;

/** What a run records with: the monitor and the recorder of a run directory that is thrown away. */
export class TemporaryRun {
  readonly monitor: SiteMonitor;

  private constructor(
    readonly recorder: Recorder,
    private readonly folder: string,
  ) {
    this.monitor = new SiteMonitor(recorder.memory);
  }

  /** Opens a run for a training's steps, on a thread as `dist/recorder.js` has it. */
  static async open(training: Training): Promise<TemporaryRun> {
    const folder = mkdtempSync(join(tmpdir(), 'bn-lens-bench-'));
    const recorder = await Recorder.open({
      thread: join(__dirname, '../recorder.js'),
      mmdThread: join(__dirname, '../mmdThread.js'),
      statisticsKernel: join(__dirname, '../wasm/statistics.wasm'),
      target: { type: 'create', runs: folder, init: describeRun(training) },
      shape: {
        channels: training.sites.map((site) => site.channels),
        layouts: [{ segments: training.segments, trained: null }],
        terms: training.alignments.length,
      },
      network: training.network,
      state: null,
    });
    return new TemporaryRun(recorder, folder);
  }

  /** Ends the recorder's thread in order and deletes the files. */
  async end(): Promise<void> {
    const numbers = { step: 0, epoch: 0, stepMs: { median: 0 }, bestStep: null };
    await this.recorder.end({ reason: 'finished', ...numbers, metrics: {} });
    this.remove();
  }

  /** Deletes the files, for a process that ends. */
  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function describeRun({ sites, segments, alignments }: Training): RunFileInit {
  const images = { train: TRAIN_IMAGES, validation: 0, test: 0 };
  return {
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
    domains: segments.map(({ domain }) => ({
      name: `domain-${domain}`,
      kind: domain === 0 ? 'synthetic' : 'real',
      labelled: true,
      images,
    })),
    sites,
    pairs: segments.length === 2 ? [{ a: 0, b: 1 }] : [],
    controls:
      segments.length === 2 ? [{ domain: 1, halves: [TRAIN_IMAGES / 2, TRAIN_IMAGES / 2] }] : [],
    alignments,
    flags: { tolerance: 0.1, alpha: 0.05 },
    record: { channelsEvery: 50, mmdEvery: 50 },
    git: null,
  };
}

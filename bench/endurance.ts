import * as tf from '@tensorflow/tfjs';
import { median } from '../src/stats/median.ts';
import { TemporaryRun } from './temporaryRun.ts';
import type { Training } from './training.ts';

/** What many recorded steps leave behind. */
export interface Endurance {
  readonly steps: number;
  /** The fewest tensors that there were after a step, and the most, once the first tenth was over. */
  readonly tensors: readonly [number, number];
  /** Median resident memory of the process in each tenth of the steps, MiB. */
  readonly residentMiB: readonly number[];
}

const STEPS_PER_SAMPLE = 20;

/** Takes recorded steps and looks whether tensors or memory pile up. */
export async function measureEndurance(training: Training, steps: number): Promise<Endurance> {
  const run = await TemporaryRun.open(training);
  const tensors: number[] = [];
  const resident: number[] = [];
  try {
    for (let step = 1; step <= steps; step++) {
      await training.monitoredStep(run);
      if (step % STEPS_PER_SAMPLE > 0) continue;
      tensors.push(tf.memory().numTensors);
      resident.push(process.memoryUsage.rss() / 2 ** 20);
    }
  } finally {
    await run.end();
  }
  const tenth = Math.floor(resident.length / 10);
  const lasting = tensors.slice(tenth);
  return {
    steps,
    tensors: [Math.min(...lasting), Math.max(...lasting)],
    // Garbage comes and goes: a median over many samples is what stays.
    residentMiB: Array.from({ length: 10 }, (_, k) =>
      median(resident.slice(k * tenth, (k + 1) * tenth)),
    ),
  };
}

import { median } from '../src/stats/median.ts';
import { ratioOf, type Estimate } from './ratio.ts';
import { TemporaryRun } from './temporaryRun.ts';
import type { Training } from './training.ts';

/** What recording every step costs. */
export interface MonitoringCost {
  /** Steps that were timed, half of them recorded. */
  readonly steps: number;
  /** Median time of a step that nobody watches, ms. */
  readonly plainMs: number;
  /** Time of a recorded step / time of a plain one. */
  readonly ratio: Estimate;
}

/** No part of the 50 steps of which one has MMD and channels recorded: it may fall anywhere. */
const STEPS_PER_BLOCK = 70;

/**
 * Measures what recording costs by blocks of recorded and of plain steps in turn, with the recorder's
 * thread at work during the recorded ones only: before a plain block it catches up. Of each two
 * neighbours either comes first as often.
 */
export async function measureMonitoring(
  training: Training,
  steps: number,
): Promise<MonitoringCost> {
  const run = await TemporaryRun.open(training);
  const recorded = async (): Promise<number> => {
    const ms = await timeBlock(() => training.monitoredStep(run));
    await run.recorder.settle();
    return ms;
  };
  const plain = (): Promise<number> => timeBlock(() => training.plainStep());
  const recordedMs: number[] = [];
  const plainMs: number[] = [];
  try {
    // Compilers and caches first.
    for (let block = 0; block < 4; block++) await (block % 2 === 0 ? recorded() : plain());
    for (let block = 0; 2 * block * STEPS_PER_BLOCK < steps; block++) {
      if (block % 2 === 0) recordedMs.push(await recorded());
      plainMs.push(await plain());
      if (block % 2 === 1) recordedMs.push(await recorded());
    }
  } finally {
    await run.end();
  }
  return {
    steps: 2 * plainMs.length * STEPS_PER_BLOCK,
    plainMs: median(plainMs),
    ratio: ratioOf(recordedMs, plainMs),
  };
}

/** Returns what a step of a block took, ms. */
async function timeBlock(step: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < STEPS_PER_BLOCK; i++) await step();
  return (performance.now() - start) / STEPS_PER_BLOCK;
}

/** Prints how long a step takes and where its time goes, by kernel; argument: an `OurTraining`. */
import { table } from '../src/cli/table.ts';
import { median } from '../src/stats/median.ts';
import { KernelTimes } from './kernelTimes.ts';
import { openTraining, type OurTraining } from './openTraining.ts';

const WARM_UP_STEPS = 10;
const SECONDS = 4;

async function main(setting: OurTraining): Promise<void> {
  const { step } = await openTraining(setting);
  for (let i = 0; i < WARM_UP_STEPS; i++) await step();
  const plain = await timeSteps(step);
  console.log(
    `${plain.length} steps: median ${median(plain).toFixed(2)} ms, min ${Math.min(...plain).toFixed(2)} ms\n`,
  );

  const kernels = new KernelTimes();
  const watched = await timeSteps(step);
  const total = sum(watched);
  const times = kernels.take();
  const rest = {
    name: '(outside of kernels)',
    calls: NaN,
    ms: total - sum(times.map(({ ms }) => ms)),
  };
  console.log(
    table([
      ['kernel', 'calls/step', 'ms/step', 'share'],
      ...[...times, rest].map(({ name, calls, ms }) => [
        name,
        Number.isNaN(calls) ? '' : (calls / watched.length).toFixed(0),
        (ms / watched.length).toFixed(3),
        `${((100 * ms) / total).toFixed(1)}%`,
      ]),
      ['total', '', (total / watched.length).toFixed(3), `${watched.length} steps, mean`],
    ]),
  );
}

/** Takes steps for a while; returns what each took, ms. */
async function timeSteps(step: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + SECONDS * 1_000;
  for (let start = performance.now(); start < end;) {
    await step();
    const now = performance.now();
    times.push(now - start);
    start = now;
  }
  return times;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

void main(JSON.parse(process.argv[2] ?? '') as OurTraining);

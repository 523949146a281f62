import { permutation, randomStream } from '../src/stats/random.ts';
import { Contender } from './contender.ts';
import type { ContenderSpec, Setting } from './contenders.ts';
import type { Comparison, Plan } from './results.ts';

interface Participant {
  readonly contender: Contender;
  readonly stepsPerSlice: number;
  readonly stepMs: number[];
  spentMs: number;
}

/**
 * Lets contenders take turns: in every round each of them steps for a moment, in random order, while
 * the others are idle, so that whatever else the machine does hits all of them alike.
 */
export async function compare(
  specs: readonly ContenderSpec[],
  setting: Setting,
  plan: Plan,
  progress: (text: string) => void,
): Promise<Comparison> {
  const participants = new Map<string, Participant | string>();
  for (const spec of specs) {
    progress(`starting ${spec.about.id}`);
    participants.set(spec.about.id, await enter(spec, setting, plan));
  }
  const active = [...participants.values()].filter((entry) => typeof entry !== 'string');
  for (let round = 0; round < plan.rounds; round++) {
    progress(`round ${round + 1} of ${plan.rounds}`);
    for (const index of permutation(active.length, randomStream(1, 'order', round))) {
      const participant = active[index]!;
      if (participant.spentMs < plan.patienceMs) await takeTurn(participant);
    }
  }
  const contenders = specs.map(({ about }) => {
    const entry = participants.get(about.id) ?? '';
    if (typeof entry === 'string') return { ...about, unavailable: entry };
    return { ...about, stepMs: entry.stepMs, peakMiB: entry.contender.peakMemory() };
  });
  for (const { contender } of active) contender.close();
  const versions = Object.assign(
    {},
    ...active.map(({ contender }) => contender.versions),
  ) as Record<string, string>;
  return { ...setting, versions, contenders };
}

/** Starts a contender and lets it warm up; returns why, where it cannot take part. */
async function enter(
  { command }: ContenderSpec,
  setting: Setting,
  { sliceMs, patienceMs }: Plan,
): Promise<Participant | string> {
  const started = command(setting);
  const contender = typeof started === 'string' ? started : await Contender.open(started);
  if (typeof contender === 'string') return contender;
  const first = await contender.stepTime(1);
  // The first steps compile and allocate: how long a step takes shows only after some of them.
  const usual =
    first > patienceMs / 4 ? first : await contender.stepTime(Math.ceil(sliceMs / first) + 4);
  const stepsPerSlice = Math.max(1, Math.round(sliceMs / usual));
  return { contender, stepsPerSlice, stepMs: [], spentMs: 0 };
}

async function takeTurn(participant: Participant): Promise<void> {
  const { contender, stepsPerSlice, stepMs } = participant;
  const start = performance.now();
  stepMs.push(await contender.stepTime(stepsPerSlice));
  participant.spentMs += performance.now() - start;
}

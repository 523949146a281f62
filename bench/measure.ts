import { compare } from './conductor.ts';
import type { ContenderSpec, Setting } from './contenders.ts';
import { describeMachine, load } from './machine.ts';
import { measureRecording } from './recording.ts';
import type { Comparison, Plan, Results } from './results.ts';

/** What is measured. */
export interface Programme {
  readonly settings: readonly Setting[];
  readonly contenders: readonly ContenderSpec[];
  readonly plan: Plan;
  /** Whether to measure what recording costs too. */
  readonly recording: boolean;
}

/** Compares contenders in one setting after the other, then looks at recording. */
export async function measure(
  { settings, contenders, plan, recording }: Programme,
  progress: (text: string) => void,
): Promise<Results> {
  const start = Date.now();
  const loadBefore = load();
  const comparisons: Comparison[] = [];
  for (const setting of settings) {
    const { net, images } = setting;
    comparisons.push(
      await compare(contenders, setting, plan, (text) => {
        progress(`${net}, batch ${images}: ${text}`);
      }),
    );
  }
  return {
    date: new Date(start).toISOString(),
    recording: recording ? await measureRecording(progress) : null,
    minutes: Math.round((Date.now() - start) / 60_000),
    machine: describeMachine(),
    load: [loadBefore, load()],
    plan,
    comparisons,
  };
}

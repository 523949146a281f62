import { compare, type Plan } from './conductor.ts';
import type { ContenderSpec, Setting } from './contenders.ts';
import { describeMachine, load } from './machine.ts';
import type { Comparison, Results } from './results.ts';

/** Compares contenders in one setting after the other. */
export async function measure(
  settings: readonly Setting[],
  contenders: readonly ContenderSpec[],
  plan: Plan,
  progress: (text: string) => void,
): Promise<Results> {
  const start = Date.now();
  const loadBefore = load();
  const comparisons: Comparison[] = [];
  for (const setting of settings) {
    const measured = await compare(contenders, setting, plan, (text) => {
      progress(`${setting.net}, batch ${setting.images}: ${text}`);
    });
    comparisons.push({ ...setting, contenders: measured });
  }
  return {
    date: new Date(start).toISOString(),
    minutes: Math.round((Date.now() - start) / 60_000),
    machine: describeMachine(),
    load: [loadBefore, load()],
    plan,
    comparisons,
  };
}

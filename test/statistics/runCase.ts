import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { SEED, type Case, type Course } from './case.ts';
import type { CaseResult, Quartiles, WatcherResult } from './results.ts';
import type { Story } from './trial.ts';
import { median } from '../../src/stats/median.ts';

/** Asks a worker for one run of a case. */
export interface RunRequest {
  readonly id: string;
  readonly run: number;
  readonly steps: number;
}

/** What a worker answers. */
export interface RunOutcome {
  /** Each watcher's, null for none. */
  readonly stories: readonly (Story | null)[];
  readonly seconds: number;
}

/**
 * Watches the runs of a case, as many at a time as there are workers, and sums them up; null if it
 * was to stop before all had ended.
 */
export async function runCase(
  asked: Case,
  { runs, steps }: { readonly runs: number; readonly steps: number },
  workers: readonly Worker[],
  stop: AbortSignal,
): Promise<CaseResult | null> {
  const { id, tests, alpha, effect } = asked;
  const outcomes: RunOutcome[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < runs && !stop.aborted) {
        const request: RunRequest = { id, run: next++, steps: effect.onset + steps };
        worker.postMessage(request);
        const [outcome] = (await once(worker, 'message')) as [RunOutcome];
        outcomes.push(outcome);
      }
    }),
  );
  if (outcomes.length < runs) return null;
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const watchers = asked.watchers.map((name, watcher) => {
    const stories = outcomes.map((outcome) => outcome.stories[watcher] ?? null);
    return [name, summarize(stories, asked)];
  });
  return {
    seed: SEED,
    runs,
    steps,
    tests,
    alpha,
    effect,
    threadSeconds: Math.round(seconds),
    watchers: Object.fromEntries(watchers) as CaseResult['watchers'],
  };
}

function summarize(
  stories: readonly (Story | null)[],
  { effect: { onset, channels }, course }: Case,
): WatcherResult {
  const given = stories.filter((story) => story !== null);
  const naming = given.filter((story) => story.channels.length > 0);
  const middle = median(stories.map((story) => story?.step ?? Infinity)) - onset;
  const errors = given.flatMap((story) =>
    story.onset === null || story.step <= onset ? [] : [story.onset - (onset + 1)],
  );
  return {
    alarms: given.length,
    early: given.filter(({ step }) => step <= onset).length,
    named: naming.length,
    misnamed: naming.filter((story) => story.channels.some((channel) => channel >= channels))
      .length,
    medianSteps: Number.isFinite(middle) ? middle : null,
    onsetError: quartiles(errors),
    ...(course && { clearing: summarizeClearing(given, course) }),
  };
}

function summarizeClearing(
  stories: readonly Story[],
  { until, back }: Course,
): NonNullable<WatcherResult['clearing']> {
  const after = (start: number, steps: readonly (number | null)[]): Quartiles | null =>
    quartiles(steps.flatMap((step) => (step !== null && step > start ? [step - start] : [])));
  const cleared = stories.map((story) => story.cleared);
  const again = stories.map((story) => story.again);
  return {
    cleared: cleared.filter((step) => step !== null).length,
    again: again.filter((step) => step !== null).length,
    againEarly: again.filter((step) => step !== null && step <= (back ?? Infinity)).length,
    clearedSteps: after(until, cleared),
    againSteps: back === null ? null : after(back, again),
  };
}

/** Returns the quartiles of numbers; null of none. */
function quartiles(numbers: readonly number[]): Quartiles | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.25), at(0.5), at(0.75)];
}

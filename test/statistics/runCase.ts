import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { Case } from './case.ts';
import type { CaseResult, WatcherResult } from './results.ts';
import { median } from '../unit/stats/batches.ts';

/** Asks a worker for one run of a case. */
export interface RunRequest {
  readonly id: string;
  readonly run: number;
  readonly steps: number;
}

/** What a worker answers. */
export interface RunOutcome {
  /** The step of each watcher's first alarm, null for none. */
  readonly alarms: readonly (number | null)[];
  readonly seconds: number;
}

/** Watches the runs of a case, as many at a time as there are workers, and sums them up. */
export async function runCase(
  asked: Case,
  { runs, steps }: { readonly runs: number; readonly steps: number },
  workers: readonly Worker[],
): Promise<CaseResult> {
  const { id, tests, alpha, effect } = asked;
  const outcomes: RunOutcome[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < runs) {
        const request: RunRequest = { id, run: next++, steps: effect.onset + steps };
        worker.postMessage(request);
        const [outcome] = (await once(worker, 'message')) as [RunOutcome];
        outcomes.push(outcome);
      }
    }),
  );
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const watchers = asked.watchers.map((name, watcher) => {
    const alarms = outcomes.map((outcome) => outcome.alarms[watcher] ?? Infinity);
    return [name, summarize(alarms, effect.onset)];
  });
  return {
    runs,
    steps,
    tests,
    alpha,
    effect,
    threadSeconds: Math.round(seconds),
    watchers: Object.fromEntries(watchers) as CaseResult['watchers'],
  };
}

/** Sums up steps of alarms, Infinity for none. */
function summarize(alarms: readonly number[], onset: number): WatcherResult {
  const middle = median(alarms) - onset;
  return {
    alarms: alarms.filter(Number.isFinite).length,
    early: alarms.filter((step) => step <= onset).length,
    medianSteps: Number.isFinite(middle) ? middle : null,
  };
}

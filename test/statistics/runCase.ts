import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { Case, Effect } from './case.ts';
import type { CaseResult, WatcherResult } from './results.ts';
import type { FirstAlarm } from './trial.ts';
import { median } from '../unit/stats/batches.ts';

/** Asks a worker for one run of a case. */
export interface RunRequest {
  readonly id: string;
  readonly run: number;
  readonly steps: number;
}

/** What a worker answers. */
export interface RunOutcome {
  /** Each watcher's, null for none. */
  readonly alarms: readonly (FirstAlarm | null)[];
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
    const alarms = outcomes.map((outcome) => outcome.alarms[watcher] ?? null);
    return [name, summarize(alarms, effect)];
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

function summarize(
  alarms: readonly (FirstAlarm | null)[],
  { onset, channels }: Effect,
): WatcherResult {
  const given = alarms.filter((alarm) => alarm !== null);
  const naming = given.filter((alarm) => alarm.channels.length > 0);
  const middle = median(alarms.map((alarm) => alarm?.step ?? Infinity)) - onset;
  return {
    alarms: given.length,
    early: given.filter(({ step }) => step <= onset).length,
    named: naming.length,
    misnamed: naming.filter((alarm) => alarm.channels.some((channel) => channel >= channels))
      .length,
    medianSteps: Number.isFinite(middle) ? middle : null,
  };
}

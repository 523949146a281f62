import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ComparedRun } from '../../src/runs/comparison.ts';
import { settingOf, type StudyTrial } from './trial.ts';

/** What became of one run. */
export type TrialResult =
  /** As comparisons look at it. */
  | (ComparedRun & { readonly steps: number })
  /** One sentence: nothing was trained, or the training failed. */
  | { readonly failure: string };

/** What results.json holds, by setting, strategy and seed. */
export interface StudyResults {
  /** Of the experiments and their data as they were measured. */
  readonly sha256: string;
  readonly trials: Readonly<Record<string, TrialResult>>;
}

/** Reads what was measured before; nothing, where that was with other experiments. */
export function readResults(file: string, sha256: string): StudyResults {
  const results = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as StudyResults)
    : { sha256, trials: {} };
  return results.sha256 === sha256 ? results : { sha256, trials: {} };
}

/** Writes a line for each trial. The file is replaced as a whole, so that a program that is killed leaves the one or the other. */
export function writeResults(file: string, { sha256, trials }: StudyResults): void {
  const lines = Object.entries(trials)
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map((entry) => entry.map((part) => JSON.stringify(part)).join(': '));
  writeFileSync(`${file}.new`, `{"sha256": "${sha256}", "trials": {\n${lines.join(',\n')}\n}}\n`);
  renameSync(`${file}.new`, file);
}

/** Names a trial among the results. */
export function keyOf(trial: StudyTrial): string {
  return `${settingOf(trial)} ${trial.strategy} ${trial.seed}`;
}

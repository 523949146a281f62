import { join } from 'node:path';
import * as vscode from 'vscode';
import type { FlagEvent, RunStatus, SplitMetrics } from '../../protocol/events.ts';
import { percent } from '../../protocol/shareText.ts';
import { faultSeverity, type FaultEvent } from '../../protocol/faults.ts';
import { totalEpochsOf } from '../../protocol/phases.ts';
import { strategyText } from '../../protocol/strategyText.ts';
import type { RunEntry } from './runStore.ts';

/** Names a run among those of its experiment. */
export function runTitle({ run }: Pick<RunEntry, 'run'>): string {
  return vscode.l10n.t('{0} · seed {1}', strategyText(run), run.seed);
}

/** Gives the experiment file of a run. */
export function experimentUri({ root, run }: Pick<RunEntry, 'root' | 'run'>): vscode.Uri {
  return vscode.Uri.file(join(root, run.experiment));
}

/** Says a run's state in a word or two. */
export function stateText(state: RunStatus['state']): string {
  switch (state) {
    case 'starting':
      return vscode.l10n.t('starting');
    case 'running':
      return vscode.l10n.t('running');
    case 'paused':
      return vscode.l10n.t('paused');
    case 'finished':
      return vscode.l10n.t('finished');
    case 'stopped':
      return vscode.l10n.t('stopped');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'died':
      return vscode.l10n.t('died');
  }
}

/** Says when a died run last gave a sign of life; empty for any other. */
export function lastSignText({ status: { state, lastSign } }: RunEntry): string {
  if (state !== 'died' || lastSign === null) return '';
  return vscode.l10n.t('last sign of life {0}', new Date(lastSign).toLocaleString());
}

/** Says how far a run is; empty before the first step. */
export function progressText({ run, status, stepsPerSecond }: RunEntry): string {
  if (status.step === 0) return '';
  const done = vscode.l10n.t(
    'epoch {0}/{1}, step {2}/{3}',
    status.epoch,
    totalEpochsOf(run),
    status.step.toLocaleString(),
    status.totalSteps.toLocaleString(),
  );
  if (stepsPerSecond === null) return done;
  const seconds = (status.totalSteps - status.step) / stepsPerSecond;
  // Early stopping may end the run before.
  return vscode.l10n.t('{0}, {1} left at most', done, durationText(seconds));
}

/** Rounds a duration in seconds to what a person waiting wants to know. */
export function durationText(seconds: number): string {
  if (seconds < 60) return vscode.l10n.t('{0} s', Math.ceil(seconds));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return vscode.l10n.t('{0} min', minutes);
  return vscode.l10n.t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}

/** Gives the closing accuracy on each real domain's test part with its interval; empty before. */
export function testText(entry: Pick<RunEntry, 'run' | 'summary'>): string {
  return closingTests(entry)
    .map(({ name, test }) => {
      const interval = vscode.l10n.t('95%: {0} to {1}', percent(test.low), percent(test.high));
      return `${name} ${percent(test.accuracy)} (${interval})`;
    })
    .join(', ');
}

/** Gives the same without the interval. */
export function shortTestText(entry: Pick<RunEntry, 'run' | 'summary'>): string {
  return closingTests(entry)
    .map(({ name, test }) => `${name} ${percent(test.accuracy)}`)
    .join(', ');
}

function closingTests({
  run,
  summary,
}: Pick<RunEntry, 'run' | 'summary'>): { name: string; test: SplitMetrics }[] {
  return run.domains.flatMap(({ name, kind }) => {
    const test = kind === 'real' ? summary?.metrics[name]?.test : undefined;
    return test === undefined ? [] : [{ name, test }];
  });
}

/** Counts the flagged layers; empty without any. */
export function flagsText(flags: readonly FlagEvent[]): string {
  const mixed = new Set(flags.filter((f) => f.handling === 'mixed').map((f) => f.site)).size;
  const handled = new Set(flags.filter((f) => f.handling === 'handled').map((f) => f.site)).size;
  return [
    ...(mixed > 0 ? [vscode.l10n.t('{0} mixed', mixed)] : []),
    ...(handled > 0 ? [vscode.l10n.t('{0} handled', handled)] : []),
  ].join(', ');
}

/** Counts the faults that are warnings; empty without any. */
export function faultsText(faults: readonly FaultEvent[]): string {
  const count = faults.filter((fault) => faultSeverity(fault) === 'warning').length;
  if (count === 0) return '';
  return count === 1 ? vscode.l10n.t('1 fault') : vscode.l10n.t('{0} faults', count);
}

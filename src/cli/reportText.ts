import { basename } from 'node:path';
import { strategyText } from '../protocol/strategyText.ts';
import { eValueText } from '../protocol/eValueText.ts';
import type { SplitMetrics } from '../protocol/events.ts';
import { faultSeverity, type FaultEvent } from '../protocol/faults.ts';
import { phaseText } from '../protocol/phaseText.ts';
import { shortPath } from './failure.ts';
import type { MmdReport } from './mmdReport.ts';
import type { FlagReport, RunReport } from './runReport.ts';
import { percent } from '../protocol/shareText.ts';
import { shellWord } from './shellWord.ts';
import { table } from './table.ts';

/** Sets a report for a person: how well, which layers see two worlds, what is wrong, where the run is. */
export function describeReport(report: RunReport, cwd: string): string {
  const sections = [
    heading(report),
    phases(report),
    accuracies(report),
    adaptations(report),
    scales(report),
    flags(report, cwd),
    faults(report, cwd),
    advice(report),
    ending(report, cwd),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading(report: RunReport): string {
  const pace = report.stepMs === null ? '' : `, ${report.stepMs.median.toFixed(0)} ms each`;
  return [
    basename(report.experiment),
    strategyText(report),
    `seed ${report.seed}`,
    report.backend,
    `${report.steps} of ${report.totalSteps} steps${pace}`,
  ].join(' · ');
}

/** What BatchNorm may do to the bound that `spectral` sets; empty for other strategies. */
function scales({ scales: known }: RunReport): string {
  if (known === null) return '';
  const each = Object.entries(known).map(([site, scale]) => `${site} ${scale?.toFixed(2) ?? '–'}`);
  return `BatchNorm multiplies a channel by at most (|γ|/√(σ² + ε)): ${each.join(', ')}`;
}

/** What was trained when, where it was not all at once. */
function phases({ phases }: RunReport): string {
  return phases.length > 1 ? phases.map(phaseText).join('\n') : '';
}

/** The test part of every domain that was tested; before a test, the validation parts. */
function accuracies({ metrics, unadapted, adaptations, bestStep }: RunReport): string {
  for (const split of ['test', 'validation'] as const) {
    const rows = Object.entries(metrics).flatMap(([domain, parts]) => {
      const part = parts[split];
      if (part === undefined) return [];
      const without = unadapted?.[domain]?.[split];
      const adaptation = adaptations.find((each) => each.domain === domain);
      return [
        [`  ${domain}`, ...accuracy(part)],
        ...(without === undefined || adaptation === undefined
          ? []
          : [[`    without ${adaptation.name}`, ...accuracy(without)]]),
      ];
    });
    if (rows.length === 0) continue;
    const chosen = bestStep === null ? '' : `, checkpoint of step ${bestStep}`;
    const title = split === 'test' ? `Accuracy on real test data${chosen}` : 'Validation accuracy';
    return `${title}\n${table(rows)}`;
  }
  return '';
}

/** How well the statistics are known that were put into each domain's layers. */
function adaptations({ adaptations }: RunReport): string {
  return adaptations
    .map(({ domain, name, images, layers }) => {
      const [worst] = layers.toSorted((a, b) => b.enough - a.enough);
      const known = `Statistics of ${images} training images of ${domain} (${name})`;
      if (worst === undefined) return known;
      const error = Math.max(worst.meanSe, worst.logDeviationSe).toFixed(2);
      return `${known}: errors up to ${error} deviations (${worst.layer}); about ${worst.enough} are enough for 0.1.`;
    })
    .join('\n');
}

function accuracy({ accuracy, low, high, n }: SplitMetrics): string[] {
  return [percent(accuracy), `[${percent(low)}, ${percent(high)}]`, `n = ${n}`];
}

function flags({ flags, probes, mmd, reason }: RunReport, cwd: string): string {
  if (flags.length === 0 && reason !== 'finished') return '';
  if (flags.length === 0 && probes === null) return 'No layer is flagged.';
  if (flags.length === 0) {
    return `No layer is flagged, by ${probes} looks at what was not trained on; record.probeEvery sets how many.`;
  }
  const rows = flags.map((flag) => [
    `  ${flag.site}`,
    flag.pair.join(' | '),
    flag.handling,
    `gap ${flag.gap.toFixed(2)} (floor ${flag.floor.toFixed(2)})`,
    `e = ${eValueText(flag.logE)} at step ${flag.step}${clearing(flag)}`,
    mmdText(mmd.find(({ site, pair }) => site === flag.site && pair.join() === flag.pair.join())),
    place(flag, cwd),
  ]);
  return `Flagged layers: their domains differ\n${table(rows)}`;
}

function mmdText(estimate: MmdReport | undefined): string {
  if (estimate?.mmd2 == null || estimate.p === null) return '';
  const { mmd2, p, window } = estimate;
  const batch = `MMD² ${mmd2.toFixed(3)} (p = ${p.toFixed(3)})`;
  if (window === null) return batch;
  const { batches, floor95 } = window;
  return `${batch}, of ${batches} batches ${window.mmd2.toFixed(4)} (95% floor ${floor95.toFixed(4)})`;
}

function clearing({ clearedAt }: FlagReport): string {
  return clearedAt === null ? '' : `, cleared at step ${clearedAt}`;
}

function faults({ faults }: RunReport, cwd: string): string {
  if (faults.length === 0) return '';
  const entries = faults.map((fault) => {
    const where = place(fault, cwd);
    return `  ${faultLine(fault)}${where === '' ? '' : ` [${where}]`}\n    ${fault.hint}`;
  });
  return `Faults\n${entries.join('\n')}`;
}

function advice({ advice }: RunReport): string {
  if (advice.length === 0) return '';
  const entries = advice.map(
    ({ strategy, reason, source }) => `  --strategy ${strategy}\n    ${reason} (${source})`,
  );
  return `Worth trying\n${entries.join('\n')}`;
}

/** Writes a fault as one line, without its remedy. */
export function faultLine(fault: Pick<FaultEvent, 'code' | 'message'>): string {
  return `${faultSeverity(fault)}: ${fault.message} (${fault.code})`;
}

function place({ file, line }: Pick<FlagReport, 'file' | 'line'>, cwd: string): string {
  return file === null ? '' : `${shortPath(file, cwd)}:${line ?? 1}`;
}

const NO_CHECKPOINT = 'It died before its first checkpoint: train again.';

function ending(report: RunReport, cwd: string): string {
  const run = shortPath(report.run, cwd);
  const resume = `Go on with: bn-lens train --resume ${shellWord(run)}`;
  switch (report.reason) {
    case 'finished':
      return `Run: ${run}`;
    case 'stopped':
      return `Stopped. ${resume}`;
    case 'lease':
      return `Stopped, as nobody watched any more. ${resume}`;
    case 'failed':
      return `The run failed: ${report.error ?? 'it did not say why'}\nRun: ${run}`;
    case 'died':
      return `${report.error ?? ''}\n${report.resumable ? resume : NO_CHECKPOINT}`;
  }
}

import type { DomainWhatIf, Replacement, WhatIfReport } from '../protocol/whatIf.ts';
import { findRun } from '../runs/runCatalog.ts';
import { analyze } from './analyze.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { reportInterrupt } from './failure.ts';
import { currentProject } from './project.ts';
import { percent } from '../protocol/shareText.ts';
import { table } from './table.ts';

/** Measures what each layer's trained statistics cost on real images; no training. */
export async function whatIf(
  name: string,
  json: boolean,
  environment: Environment,
): Promise<ExitCode> {
  const run = await findRun(currentProject(environment.cwd), name);
  const answer = await analyze({ type: 'whatIf', run }, environment);
  if (answer === null) return reportInterrupt(json, environment);
  const { report, unkept } = answer;
  environment.stdout.write(json ? `${JSON.stringify(report)}\n` : describeWhatIf(report));
  if (unkept !== null) {
    environment.stderr.write(`The table is not kept in the run: ${unkept}\n`);
  }
  return EXIT.done;
}

/** Sets a what-if for a person: a table for each real domain, the layers by what they gain. */
export function describeWhatIf({ run, step, domains, seconds }: WhatIfReport): string {
  const heading = `${run}, checkpoint of step ${step}: other statistics, the same weights`;
  const sections = domains.map((domain) => `${domainHeading(domain)}\n${domainTable(domain)}`);
  return `${[heading, ...sections].join('\n\n')}\n\nMeasured in ${seconds.toFixed(1)} s.\n`;
}

function domainHeading({ domain, images, trained }: DomainWhatIf): string {
  return `${domain}: validation accuracy (n = ${trained.n}) with statistics of ${images} training images, without labels`;
}

function domainTable({ trained, layers, all }: DomainWhatIf): string {
  return table([
    ['  replaced', 'accuracy', '95%', 'gain', '95%', 'mean skew', 'deviation skew'],
    ['  none', ...accuracyCells(trained)],
    ['  all layers', ...replacementCells(all)],
    ...layers.map(({ layer, meanSkew, varianceSkew, ...measured }) => [
      `  ${layer}`,
      ...replacementCells(measured),
      skewText(meanSkew),
      skewText(varianceSkew),
    ]),
  ]);
}

function replacementCells(measured: Replacement): string[] {
  const { gain, gainLow, gainHigh } = measured;
  return [...accuracyCells(measured), signed(gain), `[${signed(gainLow)}, ${signed(gainHigh)}]`];
}

function accuracyCells({ accuracy, low, high }: Pick<Replacement, 'accuracy' | 'low' | 'high'>) {
  return [percent(accuracy), `[${percent(low)}, ${percent(high)}]`];
}

function signed(share: number): string {
  return `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
}

function skewText(skew: number | null): string {
  return skew === null ? '' : skew.toFixed(2);
}

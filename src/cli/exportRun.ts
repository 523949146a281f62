import { join, resolve } from 'node:path';
import { findRun } from '../runs/runCatalog.ts';
import { analyze } from './analyze.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { reportInterrupt, shortPath } from './failure.ts';
import { currentProject } from './project.ts';

/** Options of `bn-lens export`. */
export interface ExportOptions {
  readonly domain: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Writes the model of a run, as it treats one domain, for use without BN Lens. */
export async function exportRun(
  name: string,
  { domain, out, json = false }: ExportOptions,
  environment: Environment,
): Promise<ExitCode> {
  const { cwd, stdout } = environment;
  const run = await findRun(currentProject(cwd), name);
  const folder = out === undefined ? join(run, 'export', `tfjs-${domain}`) : resolve(cwd, out);
  const report = await analyze({ type: 'export', run, domain, out: folder }, environment);
  if (report === null) return reportInterrupt(json, environment);
  const { model, step, images, largestDifference } = report;
  const text = `${shortPath(model, cwd)}: the checkpoint of step ${step} for ${domain}, in ordinary layers.
Loaded again, it gave the same outputs on ${images} images, to ${largestDifference.toExponential(1)} of the largest.`;
  stdout.write(`${json ? JSON.stringify(report) : text}\n`);
  return EXIT.done;
}

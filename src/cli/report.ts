import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { fileFailure } from '../runs/fileFailure.ts';
import { findRun } from '../runs/runCatalog.ts';
import { isAlive } from '../runs/runStatus.ts';
import { readRun } from '../runs/runTailer.ts';
import { stillTraining } from '../runs/stillTraining.ts';
import { readWhatIf } from '../runs/whatIf.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { shortPath } from './failure.ts';
import { currentProject } from './project.ts';
import { reportHtml } from './reportHtml.ts';
import { describeReport } from './reportText.ts';
import { runReport } from './runReport.ts';

/** Options of `bn-lens report`. */
export interface ReportOptions {
  readonly html?: string;
  readonly json?: boolean;
}

/**
 * Prints the report of a run that has ended, as training it did, or writes it as a page.
 * @throws UserError while the run is still training, or where the page cannot be written.
 */
export async function report(
  name: string,
  { html, json = false }: ReportOptions,
  { cwd, stdout, stderr }: Environment,
): Promise<ExitCode> {
  const directory = await findRun(currentProject(cwd), name);
  const read = await readRun(directory, { tables: ['steps', 'pairs', 'mmd', 'mmdWindows'] });
  const { run, status } = read;
  if (isAlive(status.state)) {
    throw new UserError(stillTraining(run.name, status).message, {
      hint: 'Ask again once it has ended; the panel shows it meanwhile.',
    });
  }
  const summary = runReport(directory, read, await readWhatIf(directory), 'its process is gone');
  for (const warning of summary.warnings) stderr.write(`${warning}\n`);
  const text = describeReport(summary, cwd);
  if (html === undefined) stdout.write(json ? `${JSON.stringify(summary)}\n` : text);
  else {
    const file = resolve(cwd, html);
    try {
      await writeFile(file, reportHtml(text, read));
    } catch (error) {
      throw fileFailure(error, 'write', file);
    }
    stdout.write(`${shortPath(file, cwd)}\n`);
  }
  return EXIT.done;
}

import { resolve } from 'node:path';
import { startAnalysis } from '../process/analysisProcess.ts';
import type { AnalysisAnswers, AnalysisRequest } from '../protocol/analysis.ts';
import { readRunFile } from '../runs/runFile.ts';
import type { Environment } from './environment.ts';
import { locateFailure } from './failure.ts';

/** Has something looked into in a process of its own; null if that is interrupted. */
export async function analyze<Request extends AnalysisRequest>(
  request: Request,
  environment: Environment,
): Promise<AnalysisAnswers[Request['type']] | null> {
  const analysis = startAnalysis({
    trainer: environment.trainer,
    request,
    onLog: ({ text }) => environment.stderr.write(`${text}\n`),
  });
  const interrupt = new AbortController();
  const endInterrupts = environment.onInterrupt(() => {
    interrupt.abort();
    analysis.kill();
  });
  try {
    return await analysis.answer;
  } catch (error) {
    if (interrupt.signal.aborted) return null;
    throw await locateFailure(error, () => experimentOf(request), environment.sourceWorker);
  } finally {
    endInterrupts();
  }
}

/** Names the experiment's file, absolute. */
async function experimentOf(request: AnalysisRequest): Promise<string> {
  if (request.type === 'check') return request.experiment;
  const { root, experiment } = await readRunFile(request.run);
  return resolve(request.run, root, experiment);
}

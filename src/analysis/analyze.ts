import { startBackend } from '../engine/startBackend.ts';
import type { AnalysisAnswers, AnalysisRequest } from '../protocol/analysis.ts';
import { UserError, userErrorText } from '../protocol/userError.ts';
import { writeWhatIf } from '../runs/whatIf.ts';
import { checkStrategies } from './checkStrategies.ts';
import { writePlainModel } from './exportTfjs.ts';
import { openRun, type AnalysisEnvironment } from './openRun.ts';
import { whatIf } from './whatIf.ts';

/** Does what is asked; throws UserErrors that say why not. */
export async function analyze(
  request: AnalysisRequest,
  environment: AnalysisEnvironment,
): Promise<AnalysisAnswers[AnalysisRequest['type']]> {
  if (request.type === 'check') {
    const { assets: wasmDirectory, nativeFolder } = environment;
    await startBackend(request.backend, { wasmDirectory, nativeFolder });
    await checkStrategies(request, environment);
    return 'passed';
  }
  const opened = await openRun(request.run, environment);
  switch (request.type) {
    case 'export':
      return writePlainModel(opened, request.domain, request.out);
    case 'whatIf': {
      const report = await whatIf(opened);
      try {
        await writeWhatIf(request.run, report);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { report, unkept: userErrorText(error) };
      }
      return { report, unkept: null };
    }
  }
}

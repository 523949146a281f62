import type { AnalysisAnswers, AnalysisRequest } from '../protocol/analysis.ts';
import { writeWhatIf } from '../runs/whatIf.ts';
import { writePlainModel } from './exportTfjs.ts';
import { openRun, type AnalysisEnvironment } from './openRun.ts';
import { whatIf } from './whatIf.ts';

/** Opens a run and does what is asked; throws UserErrors that say why not. */
export async function analyze(
  request: AnalysisRequest,
  environment: AnalysisEnvironment,
): Promise<AnalysisAnswers[AnalysisRequest['type']]> {
  const opened = await openRun(request.run, environment);
  switch (request.type) {
    case 'export':
      return writePlainModel(opened, request.domain, request.out);
    case 'whatIf': {
      const report = await whatIf(opened);
      await writeWhatIf(request.run, report);
      return report;
    }
  }
}

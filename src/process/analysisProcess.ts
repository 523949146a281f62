import type { AnalysisAnswers, AnalysisRequest } from '../protocol/analysis.ts';
import { deserializeError } from '../protocol/userError.ts';
import { describeExit, forkTrainer, type TrainerLog } from './forkTrainer.ts';

/** What {@link startAnalysis} needs. */
export interface AnalysisOptions<Request extends AnalysisRequest> {
  /** Path of dist/trainer.js. */
  readonly trainer: string;
  readonly request: Request;
  /** Hears what user code prints. */
  readonly onLog: (line: TrainerLog) => void;
}

/** An analysis under way in a process of its own. */
export interface AnalysisProcess<Request extends AnalysisRequest> {
  /** Rejects with what was refused (a `UserError` where the user can mend it), or if it was killed. */
  readonly answer: Promise<AnalysisAnswers[Request['type']]>;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a process that analyses a run. */
export function startAnalysis<Request extends AnalysisRequest>({
  trainer,
  request,
  onLog,
}: AnalysisOptions<Request>): AnalysisProcess<Request> {
  const { onReply, exited, kill } = forkTrainer({ trainer, request, detached: false });
  const answer = new Promise<AnalysisAnswers[Request['type']]>((resolve, reject) => {
    onReply((reply) => {
      switch (reply.type) {
        case 'answer':
          resolve(reply.answer as AnalysisAnswers[Request['type']]);
          break;
        case 'error':
          reject(deserializeError(reply.error));
          break;
        case 'log':
          onLog({ level: reply.level, text: reply.text });
          break;
        case 'ready':
          break;
      }
    });
    void exited.then((exit) => {
      reject(new Error(`The process ended without an answer: ${describeExit(exit)}`));
    });
  });
  return { answer, kill };
}

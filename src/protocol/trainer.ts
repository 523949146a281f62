import type { AnalysisAnswers } from './analysis.ts';
import type { BackendChoice } from './backend.ts';
import type { SerializedError } from './userError.ts';

/** What a parent asks of a freshly forked trainer, once. Paths are absolute. */
export type TrainerRequest =
  | {
      readonly type: 'train';
      readonly experiment: string;
      readonly strategy: string;
      readonly seed: number;
      /** Overrides the experiment's own. */
      readonly epochs?: number;
      readonly backend: BackendChoice;
      /** Threads to compute with; by default one for each core, at most 8. */
      readonly threads?: number;
      /** Where the run directory is created; by default `.bn-lens/runs` of the project. */
      readonly out?: string;
    }
  | {
      readonly type: 'resume';
      /** The run directory. */
      readonly run: string;
      readonly backend: BackendChoice;
      readonly threads?: number;
    };

/** What the trainer answers: of a run, before its directory speaks for itself. */
export type TrainerReply =
  /** The run directory exists and holds run.json: from here on everything is in its files. */
  | { readonly type: 'ready'; readonly run: string }
  /** What an analysis found. */
  | { readonly type: 'answer'; readonly answer: AnalysisAnswers[keyof AnalysisAnswers] }
  /** Nothing was trained, or found. */
  | { readonly type: 'error'; readonly error: SerializedError }
  /** A line that user code or a library printed. */
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string };

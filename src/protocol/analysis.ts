import type { BackendChoice } from './backend.ts';
import type { WhatIfReport } from './whatIf.ts';

/** What a parent asks of a freshly forked trainer besides training, once. Paths are absolute. */
export type AnalysisRequest =
  /** Prepares an experiment under each strategy and trains none: what would be refused is. */
  | {
      readonly type: 'check';
      readonly experiment: string;
      readonly strategies: readonly string[];
      readonly backend: BackendChoice;
      /** Overrides the experiment's own. */
      readonly epochs?: number;
    }
  /** Measures what each layer's statistics cost on real images. */
  | { readonly type: 'whatIf'; readonly run: string }
  /** Writes the run's model, as it treats one domain, as a plain model of TensorFlow.js. */
  | {
      readonly type: 'export';
      readonly run: string;
      /** Name of the domain. */
      readonly domain: string;
      /** The folder that gets model.json and its weights. */
      readonly out: string;
    };

/** What was exported. */
export interface ExportReport {
  /** Path of model.json. */
  readonly model: string;
  readonly domain: string;
  /** Step of the checkpoint, the one that validation chose. */
  readonly step: number;
  /** On how many images the written model was compared with the trained one. */
  readonly images: number;
  /** How far an output differed at most, relative to the largest output. */
  readonly largestDifference: number;
}

/** What was measured. */
export interface WhatIfAnswer {
  readonly report: WhatIfReport;
  /** Why it could not be kept in the run's directory, in a sentence; null if it was. */
  readonly unkept: string | null;
}

/** The answers by type of request. */
export interface AnalysisAnswers {
  readonly check: 'passed';
  readonly export: ExportReport;
  readonly whatIf: WhatIfAnswer;
}

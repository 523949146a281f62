import type { batchNormalizationCalls } from './batchNormalizationCalls.ts';
import type { locateField } from './locateField.ts';
import type { mapSites } from './mapSites.ts';

/** What the worker thread can be asked for, by name. */
export interface SourceFunctions {
  readonly locateField: typeof locateField;
  readonly batchNormalizationCalls: typeof batchNormalizationCalls;
  readonly mapSites: typeof mapSites;
}

export type SourceFunction = keyof SourceFunctions;

/** One question to the worker thread. */
export interface SourceRequest<F extends SourceFunction = SourceFunction> {
  readonly id: number;
  readonly call: F;
  readonly args: Parameters<SourceFunctions[F]>;
}

/** Its answer. */
export type SourceReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: string };

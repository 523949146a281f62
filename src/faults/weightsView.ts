import type { Subject } from './rule.ts';

/** γ and β of one branch, [channels] each; null in a layer without. */
export interface BranchParameters {
  readonly gamma: Float32Array | null;
  readonly beta: Float32Array | null;
}

/** γ and β of every site: one for all domains, or one for each by its id. */
export type WeightsView = readonly (readonly BranchParameters[])[];

/** Finds what a subject is about; undefined where nothing is known of it. */
export function parametersOf(
  view: WeightsView,
  { site, domain }: Subject,
): BranchParameters | undefined {
  const own = view[site ?? -1];
  return own?.length === 1 ? own[0] : own?.[domain ?? 0];
}

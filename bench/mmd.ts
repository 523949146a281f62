import type { Estimate } from './ratio.ts';

/** Of the exact MMD that is timed: images of each domain, their channels, permutations. */
export const MMD_SIZE = { images: 128, channels: 64, permutations: 199 };

/** What an estimate of MMD with its p-value takes on one thread. */
export interface MmdTime {
  readonly ms: Estimate;
}

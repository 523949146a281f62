import type { ResourceLimits } from 'node:worker_threads';

/**
 * What the recorder's threads may use. Little of what they make lasts, so that a small young
 * generation does; V8 would let it grow eightfold over the first thousands of steps.
 */
export const THREAD_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 6 };

import type { ResourceLimits } from 'node:worker_threads';

/**
 * What the recorder's threads may use. Little of what they make lasts, so that a small young
 * generation does; without a limit the recorder's heap grows by a half in thousands of steps.
 */
export const THREAD_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 6 };

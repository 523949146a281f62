import { finetuning } from './finetuning.ts';
import { TRAINED } from './schedule.ts';

/**
 * Pre-trains on the synthetic domains, then fine-tunes on the real ones with BatchNorm as ever: γ
 * and β are trained, the batch's statistics normalize and the moving ones follow them, away from
 * those of the synthetic images.
 *
 * Uses the labels of the synthetic domains, then those of the real ones.
 */
export const finetuneUpdated = finetuning('finetune-updated', TRAINED);
